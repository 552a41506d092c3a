// SPDX-License-Identifier: Apache-2.0
// One renewal for the asking, of an identity that no running device renews by itself.
#pragma once

#include <muster/est_observer.hpp>
#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace muster {

/// What a renewal needs. The server is trusted by `trust_anchors` only, never by the system's store.
struct RenewalRequest {
    std::string est_url;                        ///< `https://host:port/.well-known/est` with an optional `/<label>`.
    std::filesystem::path identity_dir;         ///< Whose certificate is shown, and renewed.
    std::filesystem::path trust_anchors;        ///< PEM file; empty: the identity's own `ca.pem`.
    bool keeps_key = false;                     ///< The new certificate is for the key in use.
    KeyPassword key_password;                   ///< Of the key in use, and for a new one.
    std::chrono::milliseconds timeout{30'000};  ///< For each HTTP request, 1 s to 10 min.
    /// Tries the new identity, which is complete in the directory that it is given, before it takes the old one's place. None: it does at
    /// once.
    std::function<Result<void>(const std::filesystem::path& candidate_dir)> trial;
    EstObserver* observer = nullptr;  ///< Is told of every request; borrowed for the call.
};

/// Renews over EST (`simplereenroll` by mutual TLS, RFC 7030, section 4.2.2). The new credential is stored beside the one in use, tried,
/// and takes its place in one step; whatever fails, or cuts the power, leaves one of the two in use, whole. After a trial that failed for
/// the network's sake (is_retriable) the new one stays, and the next call tries it before it asks for another; after any other it is
/// removed. Returns what the certificate in use says now. Fails as enroll() does, with the trial's error, and with Code::in_use while a
/// device is running with the identity: that renews by itself, see Device::renew(). Threads: any; blocks.
Result<pki::CertificateInfo> renew(const RenewalRequest& request);

}  // namespace muster

// SPDX-License-Identifier: Apache-2.0
// From a one-time password to a certificate: enrollment over secure transport (EST, RFC 7030 and RFC 8951).
#pragma once

#include <muster/est_observer.hpp>
#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace muster {

/// What an enrollment needs. The server is trusted by `trust_anchors` only, never by the system's store.
struct EnrollRequest {
    std::string est_url;                        ///< `https://host:port/.well-known/est` with an optional `/<label>`.
    std::string device_id;                      ///< Becomes the certificate's CN, and the MQTT client id.
    std::string one_time_password;              ///< Sent as HTTP Basic to the server, over TLS; never stored.
    std::filesystem::path trust_anchors;        ///< PEM file with the CA certificates that vouch for the server.
    std::filesystem::path identity_dir;         ///< Made with mode 0700; see IdentityFiles. An existing key there is used again.
    std::string key_store = "file:";            ///< Where a new key is made; see pki::open_key_store.
    KeyPassword key_password;                   ///< Of the key that is there, or for the new one; see pki::KeyStore.
    std::chrono::milliseconds timeout{30'000};  ///< For each HTTP request, 1 s to 10 min.

    /// So long the same request is sent again and again while the server answers that an administrator has to approve it first (202), is
    /// busy (429, 5xx) or cannot be reached; 0: it is sent once.
    std::chrono::milliseconds max_wait{0};
    /// From one time to the next, but never sooner than the server asks for; 0: when it asks for it, else 30 s for an administrator, and 1
    /// s to a minute for a fault.
    std::chrono::milliseconds retry_every{0};
    /// Called on the enrolling thread before each wait, with what went wrong.
    std::function<void(const Error& why, std::chrono::milliseconds delay)> on_wait = nullptr;
    const std::atomic<bool>* is_cancelled = nullptr;  ///< Looked at while it waits; borrowed for the call.
    EstObserver* observer = nullptr;                  ///< Is told of every request; borrowed for the call.
};

/// Enrolls by `simpleenroll` (RFC 7030, section 4.2): makes the key if there is none, sends the CSR, checks the answer (the key is ours,
/// CN = device id, valid now, clientAuth, chain leads to the server's CA certificates) and only then writes certificate and chain.
/// Nothing is written on failure but the key, so that enrolling again goes on with the key that an administrator may have approved. Fails
/// with Code::invalid_argument (the request itself; no `:` may be in a device id that enrolls with a password), Code::denied (one-time
/// password wrong, used or expired), Code::unavailable (busy, or not decided yet), Code::unreachable, Code::timeout (also one of these two
/// when `max_wait` was over), Code::stopped (cancelled), Code::tls, Code::rejected, Code::corrupt or Code::too_large (the answer is not
/// acceptable), Code::unsafe_file, Code::io, Code::no_space; as pki::open_key_store and pki::KeyStore::create do. No error holds the
/// password. Threads: any; blocks.
Result<pki::CertificateInfo> enroll(const EnrollRequest& request);

}  // namespace muster

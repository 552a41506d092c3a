// SPDX-License-Identifier: Apache-2.0
// What the commands take that only look at keys, requests and certificates.
#pragma once

#include "io.hpp"

#include <muster/inspection.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace muster::cli {

struct KeyInspectOptions {
    std::filesystem::path file;
    std::filesystem::path key_password_file;
};
[[nodiscard]] Exit run_key_inspect(const KeyInspectOptions& options, Io& io);
/// Prints the public key as PEM.
[[nodiscard]] Exit run_key_public(const KeyInspectOptions& options, Io& io);

struct CsrInspectOptions {
    std::filesystem::path file;
};
[[nodiscard]] Exit run_csr_inspect(const CsrInspectOptions& options, Io& io);

struct CertInspectOptions {
    std::string file;  ///< Or a server's URL.
    std::filesystem::path cafile;
    std::filesystem::path identity;  ///< Whose `ca.pem` is instead of `cafile`.
    std::chrono::milliseconds timeout{10'000};
};
/// Exit::check_failed if a server is not to be believed by the CAs that are given.
[[nodiscard]] Exit run_cert_inspect(const CertInspectOptions& options, Io& io);

struct CertFingerprintOptions {
    std::filesystem::path file;
};
[[nodiscard]] Exit run_cert_fingerprint(const CertFingerprintOptions& options, Io& io);

struct CertVerifyOptions {
    std::filesystem::path file;
    pki::ChainOptions chain;
};
/// Exit::check_failed if the chain is not good.
[[nodiscard]] Exit run_cert_verify(const CertVerifyOptions& options, Io& io);

}  // namespace muster::cli

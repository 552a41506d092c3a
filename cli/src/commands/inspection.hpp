// SPDX-License-Identifier: Apache-2.0
// What the commands take that only look at keys, requests and certificates.
#pragma once

#include "io.hpp"

#include <muster/inspection.hpp>

#include <filesystem>

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

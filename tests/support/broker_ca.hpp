// SPDX-License-Identifier: Apache-2.0
// The bundled broker's own CAs, to sign with what it would not.
#pragma once

#include "base/files.hpp"
#include "support/mint.hpp"

#include <openssl/pem.h>

#include <filesystem>
#include <memory>
#include <string>

namespace muster::test {

/// A CA of the broker's state directory.
[[nodiscard]] inline Minted load_ca(const std::filesystem::path& state_dir, const std::string& name) {
    const auto read = [&](const char* extension) { return *base::load_file(state_dir / "ca" / (name + extension)); };
    const auto key = read(".key");
    const auto certificate = read(".pem");
    const std::unique_ptr<BIO, decltype(&BIO_free)> key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())),
                                                        &BIO_free);
    return {KeyHandle(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free),
            CertificateHandle(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free)};
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Minting below the broker's own CAs.
#include "bench_pki.hpp"

#include "base/files.hpp"

#include <openssl/pem.h>

#include <fstream>
#include <stdexcept>

namespace muster::bench {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

std::unique_ptr<BIO, FreeBio> bio_of(const std::string& pem) {
    return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string load(const std::filesystem::path& path) {
    auto text = base::load_file(path);
    if (!text) throw std::runtime_error(text.error().message());
    return std::move(*text);
}

test::Minted load_ca(const std::filesystem::path& directory, const std::string& name) {
    const std::string key = load(directory / (name + ".key"));
    const std::string certificate = load(directory / (name + ".pem"));
    return {test::KeyHandle(PEM_read_bio_PrivateKey(bio_of(key).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free),
            test::CertificateHandle(PEM_read_bio_X509(bio_of(certificate).get(), nullptr, nullptr, nullptr), &X509_free)};
}

}  // namespace

BenchPki::BenchPki(const std::filesystem::path& ca_directory, const std::string& tenant)
    : root_pem_(load(ca_directory / "root.pem")),
      root_(load_ca(ca_directory, "root")),
      issuer_(load_ca(ca_directory, tenant)),
      device_key_(test::mint_key()) {}

void BenchPki::ensure_devices(std::uint32_t count, const std::string& id_pattern) {
    const std::string key_pem = test::pem_of(device_key_);
    while (devices_.size() < count) {
        test::CertificateSpec spec;
        spec.common_names = {fleet::expand(id_pattern, static_cast<std::uint32_t>(devices_.size()))};
        spec.ends = std::chrono::system_clock::now() + std::chrono::hours(24);
        devices_.push_back({test::pem_of(test::mint(spec, &issuer_, device_key_).certificate), key_pem});
    }
}

ServerFiles BenchPki::write_server_files(const std::filesystem::path& directory) const {
    test::CertificateSpec spec;
    spec.common_names = {"localhost"};
    spec.extended_key_usage = "serverAuth";
    spec.subject_alt_name = "DNS:localhost,IP:127.0.0.1";
    const test::Minted server = test::mint(spec, &root_);
    const ServerFiles files{directory / "server.pem", directory / "server.key", directory / "clients.pem"};
    std::ofstream(files.certificate) << test::pem_of(server.certificate);
    std::ofstream(files.key) << test::pem_of(server.key);
    std::ofstream(files.client_ca) << root_pem_ << test::pem_of(issuer_.certificate);
    return files;
}

}  // namespace muster::bench

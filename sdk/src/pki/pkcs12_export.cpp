// SPDX-License-Identifier: Apache-2.0
// An identity as a PKCS#12 file (RFC 7292), and checksums of files.
#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/openssl.hpp"

#include <muster/pki.hpp>

#include <fcntl.h>
#include <openssl/pkcs12.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

namespace muster::pki {
namespace {

// As many as for encrypted keys (key.cpp): whoever gets the file tries passwords at his leisure.
constexpr int rounds = 100'000;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeStack>;
using Pkcs12 = std::unique_ptr<PKCS12, Freed<&PKCS12_free>>;

Result<std::string> to_pkcs12(EVP_PKEY& key, const std::vector<Certificate>& chain, const base::Secret& password) {
    const BorrowedStack issuers(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(issuers.get(), chain[i].get());
    const std::string name = common_name_of(*chain.front());
    // The zeros are OpenSSL's defaults: PBES2 with AES-256-CBC, and a MAC with SHA-256.
    const Pkcs12 container(
        PKCS12_create(password.c_str(), name.c_str(), &key, chain.front().get(), issuers.get(), 0, 0, rounds, rounds, 0));
    if (container == nullptr) return openssl_error("the identity cannot be put into PKCS#12");
    const Bio bio(BIO_new(BIO_s_mem()));
    if (i2d_PKCS12_bio(bio.get(), container.get()) != 1) return openssl_error("the identity cannot be put into PKCS#12");
    return text_of(*bio);
}

Result<std::string> read_sha256(int fd, const std::filesystem::path& path) {
    const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return Error{Code::internal, "there is no SHA-256"};
    std::vector<char> chunk(64U << 10U);
    for (ssize_t count = 1; count != 0;) {
        count = ::read(fd, chunk.data(), chunk.size());
        if (count < 0 && errno != EINTR) return base::system_error(errno, "cannot read", path);
        if (count > 0) EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(count));
    }
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    std::string text;
    for (const unsigned byte : digest) {
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 15U];
    }
    return text;
}

}  // namespace

Result<void> store_pkcs12(const std::filesystem::path& path, const IdentityFiles& identity, const KeyPassword& password,
                          const KeyPassword& key_password) {
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    if (secret->is_empty()) return Error{Code::invalid_argument, "a PKCS#12 file needs a password"};
    auto key_secret = obtain(key_password);
    if (!key_secret) return std::move(key_secret).error();
    auto key = load_key(identity.key, &*key_secret);
    if (!key) return std::move(key).error();
    auto pem = base::load_file(identity.chain);
    if (!pem) return std::move(pem).error();
    auto chain = parse_certificates(*pem);
    if (!chain) return std::move(chain).error().in(identity.chain.string());
    if (X509_check_private_key(chain->front().get(), key->get()) != 1)
        return openssl_error(identity.chain.string() + " is not of the key in " + identity.key.string(), Code::conflict);
    auto container = to_pkcs12(**key, *chain, *secret);
    if (!container) return std::move(container).error();
    return base::store_file(path, *container, base::Access::owner_only, base::Existing::replace);
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return base::system_error(errno, "cannot open", path);
    auto checksum = read_sha256(fd, path);
    ::close(fd);
    return checksum;
}

}  // namespace muster::pki

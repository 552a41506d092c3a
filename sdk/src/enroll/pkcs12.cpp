// SPDX-License-Identifier: Apache-2.0
// PKCS#12 files, through OpenSSL.
#include "enroll/pkcs12.hpp"

#include "base/files.hpp"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace muster::est {
namespace {

using Pkcs12 = std::unique_ptr<PKCS12, pki::Freed<&PKCS12_free>>;

// Ten times what careful programs write; a file that asks for a day of hashing is no identity.
constexpr long max_mac_rounds = 10'000'000;

Pkcs12 parse(std::string_view content) {
    const pki::Bio bio = pki::memory_bio(content);
    return Pkcs12(d2i_PKCS12_bio(bio.get(), nullptr));
}

Result<void> check_mac(PKCS12& message, const base::Secret& password, const std::string& name) {
    if (PKCS12_mac_present(&message) != 1) return Error{Code::corrupt, name + " has no MAC, so that nothing vouches for its content"};
    const ASN1_INTEGER* rounds = nullptr;
    PKCS12_get0_mac(nullptr, nullptr, nullptr, &rounds, &message);
    if (rounds != nullptr && (ASN1_INTEGER_get(rounds) < 1 || ASN1_INTEGER_get(rounds) > max_mac_rounds))
        return Error{Code::corrupt, name + " asks for more rounds of its MAC than is sane"};
    if (PKCS12_verify_mac(&message, password.c_str(), static_cast<int>(password.view().size())) == 1) return {};
    ERR_clear_error();
    if (password.is_empty()) return Error{Code::denied, name + " has a password, and none is given", "name a file with it"};
    return Error{Code::denied, "the password does not open " + name + ", or the file is damaged"};
}

std::vector<pki::Certificate> all_of(X509* device, STACK_OF(X509) * others) {
    std::vector<pki::Certificate> all;
    if (device != nullptr) all.emplace_back(device);
    while (others != nullptr && sk_X509_num(others) > 0) all.emplace_back(sk_X509_shift(others));
    sk_X509_free(others);
    return all;
}

Error undecipherable(const std::string& name) {
    const auto error = ERR_peek_error();
    const bool is_unsupported = ERR_GET_REASON(error) == ERR_R_UNSUPPORTED || ERR_GET_LIB(error) == ERR_LIB_EVP;
    ERR_clear_error();
    if (!is_unsupported) return {Code::corrupt, name + " is damaged inside"};
    return {Code::corrupt, name + " is encrypted in a way of long ago (RC2, as old tools do)",
            "write it anew: openssl pkcs12 -legacy -in FILE -nodes | openssl pkcs12 -export -out NEW"};
}

}  // namespace

Result<Pkcs12Content> load_pkcs12(const std::filesystem::path& file, const base::Secret& password) {
    auto loaded = base::load_secret_file(file);
    if (!loaded) return std::move(loaded).error();
    const base::Secret content(std::move(*loaded));
    const std::string name = file.string();
    const Pkcs12 message = parse(content.view());
    if (!message) {
        ERR_clear_error();
        return Error{Code::corrupt, name + " is no PKCS#12 file"};
    }
    if (auto checked = check_mac(*message, password, name); !checked) return std::move(checked).error();
    ERR_clear_error();
    EVP_PKEY* key = nullptr;
    X509* device = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(message.get(), password.c_str(), &key, &device, &others) != 1) return undecipherable(name);
    Pkcs12Content read{pki::Key(key), all_of(device, others)};
    if (!read.key) return Error{Code::corrupt, name + " holds no private key"};
    return read;
}

}  // namespace muster::est

// SPDX-License-Identifier: Apache-2.0
// What a certificate says, as values.
#include "pki/certificate.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

namespace muster::pki {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<&ASN1_BIT_STRING_free>>;

// RFC 5280, section 4.2.1.3, in the order of its bits.
constexpr std::array key_usage_names{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
                                     "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly"};

std::string text_of(const X509_NAME& name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return pki::text_of(*bio);
}

std::string text_of(const ASN1_STRING& value) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&value)), static_cast<std::size_t>(ASN1_STRING_length(&value))};
}

std::string address_text(const std::string& bytes) {
    std::string text;
    if (bytes.size() == 4) {
        for (const char byte : bytes) text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(byte));
        return text;
    }
    static constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && i % 2 == 0) text += ':';
        text += digits[static_cast<unsigned char>(bytes[i]) >> 4U];
        text += digits[static_cast<unsigned char>(bytes[i]) & 15U];
    }
    return text;
}

std::vector<std::string> alt_names_of(const X509& certificate) {
    std::vector<std::string> names;
    const Names all(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type == GEN_DNS) names.push_back("DNS:" + base::printable(text_of(*name->d.dNSName)));
        if (name->type == GEN_URI) names.push_back("URI:" + base::printable(text_of(*name->d.uniformResourceIdentifier)));
        if (name->type == GEN_IPADD) names.push_back("IP:" + address_text(text_of(*name->d.iPAddress)));
    }
    return names;
}

std::string public_key_sha256(const X509& certificate) {
    unsigned char* data = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &data);
    std::string hash = sha256_hex({reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0});
    OPENSSL_free(data);
    return hash;
}

std::vector<std::string> key_usages_of(const X509& certificate) {
    std::vector<std::string> usages;
    const BitString bits(static_cast<ASN1_BIT_STRING*>(X509_get_ext_d2i(&certificate, NID_key_usage, nullptr, nullptr)));
    for (std::size_t i = 0; bits && i < key_usage_names.size(); ++i) {
        if (ASN1_BIT_STRING_get_bit(bits.get(), static_cast<int>(i)) == 1) usages.emplace_back(key_usage_names.at(i));
    }
    return usages;
}

void describe_key(const X509& certificate, CertificateInfo& info) {
    const EVP_PKEY* key = X509_get0_pubkey(&certificate);
    if (key == nullptr) {
        ERR_clear_error();
        return;
    }
    const char* type = EVP_PKEY_get0_type_name(key);
    info.key_type = type == nullptr ? "" : type;
    info.key_bits = EVP_PKEY_get_bits(key);
}

void describe_constraints(X509& certificate, CertificateInfo& info) {
    info.is_ca = X509_check_ca(&certificate) > 0;
    const long path_length = X509_get_pathlen(&certificate);
    if (info.is_ca && path_length >= 0) info.path_length = static_cast<int>(path_length);
    info.key_usages = key_usages_of(certificate);
}

}  // namespace

CertificateInfo describe(const X509& certificate) {
    CertificateInfo info;
    info.subject = text_of(*X509_get_subject_name(&certificate));
    info.common_name = common_name_of(certificate);
    info.issuer = text_of(*X509_get_issuer_name(&certificate));
    info.serial_hex = serial_of(certificate);
    info.not_before = time_of(*X509_get0_notBefore(&certificate));
    info.not_after = time_of(*X509_get0_notAfter(&certificate));
    info.sha256 = sha256_hex(to_der(certificate));
    info.public_key_sha256 = public_key_sha256(certificate);
    info.subject_alt_names = alt_names_of(certificate);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it only caches what the extensions say
    describe_constraints(const_cast<X509&>(certificate), info);
    describe_key(certificate, info);
    info.pem = to_pem(certificate);
    return info;
}

Result<std::vector<CertificateInfo>> load_certificates(const std::filesystem::path& path) {
    auto content = base::load_file(path);
    if (!content) return std::move(content).error();
    auto certificates = parse_certificates(*content);
    if (!certificates) return std::move(certificates).error().in(path.string());
    std::vector<CertificateInfo> infos;
    for (const auto& certificate : *certificates) infos.push_back(describe(*certificate));
    return infos;
}

}  // namespace muster::pki

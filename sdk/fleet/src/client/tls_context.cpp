// SPDX-License-Identifier: Apache-2.0
// Settings and files, handed to OpenSSL.
#include "client/tls_context.hpp"

#include "base/files.hpp"
#include "client/tls_session_file.hpp"
#include "pki/identity_check.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/openssl.hpp"

#include <algorithm>

namespace muster::fleet {
namespace {

constexpr std::size_t max_pem_bytes = 16U << 20U;
constexpr std::size_t max_alpn_bytes = 255;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<std::vector<pki::Certificate>> load_certificates(const std::filesystem::path& file) {
    auto pem = base::load_file(file, max_pem_bytes);
    if (!pem) return std::move(pem).error();
    auto certificates = pki::parse_certificates(*pem);
    if (!certificates) return std::move(certificates).error().in(file.string());
    return certificates;
}

Result<void> set_trust(SSL_CTX& context, const MqttTls& tls) {
    std::filesystem::path file = tls.ca_file;
    if (file.empty() && tls.ca_directory.empty() && !tls.identity_dir.empty()) file = IdentityFiles::in(tls.identity_dir).trust_anchors;
    if (!tls.ca_directory.empty() && SSL_CTX_load_verify_dir(&context, tls.ca_directory.c_str()) != 1)
        return pki::openssl_error(tls.ca_directory.string(), Code::not_found);
    if (file.empty()) {
        if (tls.ca_directory.empty()) SSL_CTX_set_default_verify_paths(&context);
        return {};
    }
    const auto anchors = load_certificates(file);
    if (!anchors) return anchors.error();
    for (const auto& anchor : *anchors) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), anchor.get()) != 1) return pki::openssl_error(file.string());
    }
    // A root is not needed where the user has said that its intermediate is to be trusted.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

Result<void> set_ciphers(SSL_CTX& context, const std::string& ciphers) {
    std::string old_names;
    std::string new_names;
    for (std::size_t begin = 0; begin < ciphers.size();) {
        const auto end = std::min(ciphers.find_first_of(":, ", begin), ciphers.size());
        const std::string name = ciphers.substr(begin, end - begin);
        std::string& list = name.rfind("TLS_", 0) == 0 ? new_names : old_names;
        if (!name.empty()) list += (list.empty() ? "" : ":") + name;
        begin = end + 1;
    }
    const bool is_old_good = old_names.empty() || SSL_CTX_set_cipher_list(&context, old_names.c_str()) == 1;
    const bool is_new_good = new_names.empty() || SSL_CTX_set_ciphersuites(&context, new_names.c_str()) == 1;
    if (is_old_good && is_new_good) return {};
    return refuse("ciphers '" + ciphers + "': OpenSSL has none of them", "openssl ciphers -s lists what there is");
}

void set_versions(SSL_CTX& context, MqttTlsVersion version) {
    SSL_CTX_set_min_proto_version(&context, version == MqttTlsVersion::v13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(&context, version == MqttTlsVersion::v12 ? TLS1_2_VERSION : 0);
}

// The certificate's file, with its issuers behind it.
std::filesystem::path chain_file(const MqttTls& tls) {
    return tls.identity_dir.empty() ? tls.certificate : IdentityFiles::in(tls.identity_dir).chain;
}

Result<void> check_identity(const MqttTls& tls, const base::Secret& password) {
    if (tls.identity_dir.empty()) return {};
    const auto now = std::chrono::system_clock::now();
    const auto identity = pki::check_identity(IdentityFiles::in(tls.identity_dir), now, &password);
    return identity ? Result<void>() : Result<void>(identity.error());
}

Result<void> use_certificate(SSL_CTX& context, const MqttTls& tls, std::string& common_name) {
    const std::filesystem::path file = chain_file(tls);
    if (file.empty()) return {};
    auto password = pki::obtain(tls.key_password);
    if (!password) return std::move(password).error();
    if (auto checked = check_identity(tls, *password); !checked) return checked;
    const auto certificates = load_certificates(file);
    if (!certificates) return certificates.error();
    const std::filesystem::path key_file = tls.identity_dir.empty() ? tls.key : IdentityFiles::in(tls.identity_dir).key;
    auto key = pki::load_key(key_file, &*password);
    if (!key) return std::move(key).error();
    if (SSL_CTX_use_certificate(&context, certificates->front().get()) != 1) return pki::openssl_error(file.string(), Code::corrupt);
    for (std::size_t i = 1; i < certificates->size(); ++i) {
        if (SSL_CTX_add1_chain_cert(&context, (*certificates)[i].get()) != 1) return pki::openssl_error(file.string(), Code::corrupt);
    }
    if (X509_check_private_key(certificates->front().get(), key->get()) != 1)
        return Error{Code::corrupt, key_file.string() + " is not the key of the certificate in " + file.string()};
    if (SSL_CTX_use_PrivateKey(&context, key->get()) != 1) return pki::openssl_error(key_file.string(), Code::corrupt);
    common_name = pki::common_name_of(*certificates->front());
    return {};
}

Result<void> check_settings(const MqttTls& tls) {
    if (tls.certificate.empty() != tls.key.empty()) return refuse("a certificate and its key go together");
    if (!tls.certificate.empty() && !tls.identity_dir.empty()) return refuse("an identity directory and a certificate exclude each other");
    if (tls.alpn.size() > max_alpn_bytes) return refuse("the ALPN protocol is longer than 255 bytes");
    return {};
}

}  // namespace

Result<void> set_versions_and_ciphers(SSL_CTX& context, MqttTlsVersion version, const std::string& ciphers) {
    set_versions(context, version);
    return set_ciphers(context, ciphers);
}

Result<TlsContext> make_tls_context(const MqttTls& tls) {
    if (auto checked = check_settings(tls); !checked) return checked.error();
    TlsContext made;
    made.context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX& context = *made.context;
    SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(&context, tls.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (auto set = set_versions_and_ciphers(context, tls.version, tls.ciphers); !set) return set.error();
    if (auto set = set_trust(context, tls); !set) return set.error();
    if (auto used = use_certificate(context, tls, made.common_name); !used) return used.error();
    if (!tls.alpn.empty()) made.alpn = std::string(1, static_cast<char>(tls.alpn.size())) + tls.alpn;
    if (tls.session_file.empty()) return made;
    auto fingerprint = fingerprint_of(tls);
    if (!fingerprint) return std::move(fingerprint).error();
    made.fingerprint = std::move(*fingerprint);
    TlsSessionFile::prepare(context);
    return made;
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// PEM texts, handed to OpenSSL.
#include "load/credential.hpp"

#include "pki/key_password.hpp"
#include "pki/token_key.hpp"
#include "pki/token_provider.hpp"

#include <openssl/pem.h>

#include <utility>

namespace muster::fleet {
namespace {

Result<std::vector<pki::Certificate>> certificates_in(const std::string& pem, const char* whose) {
    auto certificates = pki::parse_certificates(pem);
    if (!certificates) return Error{Code::tls, std::string(whose) + ": " + certificates.error().message()};
    return certificates;
}

Result<pki::Key> parse_key(const TlsIdentity& identity) {
    const base::Secret password(std::string(identity.key_password));
    auto elsewhere = pki::open_token_key(identity.key_pem, [&] { return base::Secret(std::string(identity.key_password)); });
    if (!elsewhere) return std::move(elsewhere).error().in("a client's key");
    if (*elsewhere) return pki::to_openssl(std::move(*elsewhere));
    // Without a callback OpenSSL would ask the terminal, once for each client.
    pki::PasswordAnswer answer{&password};
    pki::Key key(PEM_read_bio_PrivateKey(pki::memory_bio(identity.key_pem).get(), nullptr, &pki::give_password, &answer));
    if (key) return key;
    Error failure = tls_error("a client's key cannot be read");
    if (!answer.is_asked) return failure;
    return Error{Code::denied, password.is_empty() ? "a client's key cannot be read: it is encrypted, and no password is given"
                                                   : "a client's key cannot be read: its password is wrong, or the key damaged"};
}

}  // namespace

Error tls_error(const char* what) {
    return pki::openssl_error(what, Code::tls);
}

Result<TlsCredential> TlsCredential::parse(const TlsIdentity& identity) {
    TlsCredential credential;
    auto certificates = certificates_in(identity.certificate_pem, "a client's certificate");
    if (!certificates) return std::move(certificates).error();
    credential.leaf = std::move(certificates->front());
    certificates->erase(certificates->begin());
    credential.chain = std::move(*certificates);
    auto key = parse_key(identity);
    if (!key) return std::move(key).error();
    credential.key = std::move(*key);
    if (X509_check_private_key(credential.leaf.get(), credential.key.get()) != 1)
        return tls_error("a client's key is not its certificate's");
    return credential;
}

Result<void> add_trust(SSL_CTX& context, const std::string& ca_pem, const std::filesystem::path& ca_directory) {
    constexpr const char* what = "the CA certificates cannot be used";
    const bool has_directory = !ca_directory.empty();
    if (has_directory && SSL_CTX_load_verify_dir(&context, ca_directory.c_str()) != 1) return tls_error(what);
    if (ca_pem.empty()) return has_directory || SSL_CTX_set_default_verify_paths(&context) == 1 ? Result<void>() : tls_error(what);
    const auto anchors = certificates_in(ca_pem, what);
    if (!anchors) return anchors.error();
    for (const auto& anchor : *anchors) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), anchor.get()) != 1) return tls_error(what);
    }
    return {};
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// A client's side of TLS.
#include "probe/tls_context.hpp"

#include "client/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>

namespace muster::fleet::probe {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio bio_of(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Error tls_error(const char* what) {
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return {Code::tls, std::string(what) + (reason == nullptr ? "" : std::string(": ") + reason)};
}

std::vector<TlsCertificate> certificates_of(const std::string& pem) {
    const Bio bio = bio_of(pem);
    std::vector<TlsCertificate> certificates;
    while (X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) certificates.emplace_back(certificate);
    ERR_clear_error();  // What says that there are no more.
    return certificates;
}

// Without one OpenSSL would ask the terminal.
int give_password(char* buffer, int size, int /*is_writing*/, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(text.begin(), text.end(), buffer);
    return static_cast<int>(text.size());
}

bool add_trust(SSL_CTX* context, const Tls& tls) {
    const bool has_directory = !tls.ca_directory.empty();
    if (has_directory && SSL_CTX_load_verify_dir(context, tls.ca_directory.c_str()) != 1) return false;
    if (tls.ca_pem.empty()) return has_directory || SSL_CTX_set_default_verify_paths(context) == 1;
    const auto anchors = certificates_of(tls.ca_pem);
    const auto add = [&](const TlsCertificate& anchor) { return X509_STORE_add_cert(SSL_CTX_get_cert_store(context), anchor.get()) == 1; };
    return !anchors.empty() && std::all_of(anchors.begin(), anchors.end(), add);
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<SslSession*>(SSL_get_app_data(ssl))->reset(session);
    return 1;  // It is ours now.
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const Tls& tls, std::string host) {
    std::unique_ptr<TlsContext> made(new TlsContext(std::move(host), tls.alpn));
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = made->context_.get();
    if (auto set = set_versions_and_ciphers(*context, tls.version, tls.ciphers); !set) return Error(Code::tls, set.error().message());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, tls.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    // Whoever is an anchor is believed, root or not.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &keep_session);
    if (!add_trust(context, tls)) return tls_error("the CA certificates cannot be used");
    if (tls.chain_pem.empty()) return made;
    if (auto used = made->use_credential(tls); !used) return std::move(used).error();
    return made;
}

Result<void> TlsContext::use_credential(const Tls& tls) {
    const auto certificates = certificates_of(tls.chain_pem);
    if (certificates.empty()) return Error{Code::tls, "the client's certificate is none"};
    std::string password = tls.key_password;
    const TlsKey key(PEM_read_bio_PrivateKey(bio_of(tls.key_pem).get(), nullptr, &give_password, &password));
    if (!key) return tls_error("the client's key cannot be read");
    SSL_CTX* const context = context_.get();
    if (SSL_CTX_use_certificate(context, certificates.front().get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return tls_error("the client's certificate");
    for (std::size_t i = 1; i < certificates.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, certificates[i].get()) != 1) return tls_error("the client's chain");
    }
    return {};
}

Result<SslHandle> TlsContext::begin() {
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl) return tls_error("a TLS connection");
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str()) != 1) {
        ERR_clear_error();
        if (SSL_set_tlsext_host_name(ssl.get(), host_.c_str()) != 1 || SSL_set1_host(ssl.get(), host_.c_str()) != 1)
            return tls_error("the server's name");
    }
    const std::string protocols = alpn_.empty() ? "" : std::string(1, static_cast<char>(alpn_.size())) + alpn_;
    if (!protocols.empty())
        SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()), static_cast<unsigned>(protocols.size()));
    SSL_set_app_data(ssl.get(), &session_);
    if (session_) SSL_set_session(ssl.get(), session_.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

}  // namespace muster::fleet::probe

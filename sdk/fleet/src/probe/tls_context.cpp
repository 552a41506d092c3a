// SPDX-License-Identifier: Apache-2.0
// A client's side of TLS.
#include "probe/tls_context.hpp"

#include "client/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace muster::fleet::probe {
namespace {

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
    if (auto trusts = add_trust(*context, tls.ca_pem, tls.ca_directory); !trusts) return std::move(trusts).error();
    if (tls.chain_pem.empty()) return made;
    if (auto used = made->use_credential(tls); !used) return std::move(used).error();
    return made;
}

Result<void> TlsContext::use_credential(const Tls& tls) {
    const auto credential = TlsCredential::parse({tls.chain_pem, tls.key_pem, tls.key_password});
    if (!credential) return credential.error();
    SSL_CTX* const context = context_.get();
    if (SSL_CTX_use_certificate(context, credential->leaf.get()) != 1 || SSL_CTX_use_PrivateKey(context, credential->key.get()) != 1)
        return tls_error("the client's certificate");
    for (const auto& issuer : credential->chain) {
        if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1) return tls_error("the client's chain");
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

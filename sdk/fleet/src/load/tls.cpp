// SPDX-License-Identifier: Apache-2.0
// OpenSSL for clients by the thousand.
#include "load/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

namespace muster::fleet {
namespace {

struct FreePart {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreePart>;
using Certificate = std::unique_ptr<X509, FreePart>;
using Key = std::unique_ptr<EVP_PKEY, FreePart>;

Bio bio_of(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate certificate_of(const std::string& pem) {
    return Certificate(PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr));
}

Error tls_error(const char* what) {
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    return {Code::tls, std::string(what) + ": " + reason.data()};
}

}  // namespace

// Without a goodbye, but as if there had been one: OpenSSL would not resume a session that was cut.
void FreeSsl::operator()(SSL* ssl) const {
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

Result<std::unique_ptr<TlsClients>> TlsClients::make(const TlsPlan& plan, std::uint32_t slots) {
    std::unique_ptr<TlsClients> clients(new TlsClients(plan, slots));
    clients->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = clients->context_.get();
    const int version = plan.version == TlsVersion::v12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const Certificate ca = certificate_of(plan.ca_pem);
    if (!ca || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1) return tls_error("the load's CA certificate");
    if (plan.resume) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, &TlsClients::keep_session);
    }
    return clients;
}

int TlsClients::keep_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<SslSession*>(SSL_get_app_data(ssl))->reset(session);
    return 1;  // It is ours now.
}

Result<SslHandle> TlsClients::open(int fd, std::uint32_t slot, std::uint32_t number) {
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return tls_error("a TLS connection");
    if (plan_.identity) {
        const TlsIdentity identity = plan_.identity(number);
        const Certificate certificate = certificate_of(identity.certificate_pem);
        const Key key(PEM_read_bio_PrivateKey(bio_of(identity.key_pem).get(), nullptr, nullptr, nullptr));
        if (!certificate || !key || SSL_use_certificate(ssl.get(), certificate.get()) != 1 || SSL_use_PrivateKey(ssl.get(), key.get()) != 1)
            return tls_error("a client's certificate");
    }
    SSL_set_app_data(ssl.get(), &sessions_[slot]);
    if (sessions_[slot]) SSL_set_session(ssl.get(), sessions_[slot].get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

}  // namespace muster::fleet

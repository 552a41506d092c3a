// SPDX-License-Identifier: Apache-2.0
// OpenSSL for clients by the thousand.
#include "load/tls.hpp"

#include "client/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace muster::fleet {
namespace {

MqttTlsVersion version_of(const TlsPlan& plan) {
    if (plan.version == TlsVersion::either) return MqttTlsVersion::v12_or_newer;
    return plan.version == TlsVersion::v12 ? MqttTlsVersion::v12 : MqttTlsVersion::v13;
}

bool expect_server(SSL* ssl, const std::string& name) {
    if (name.empty()) return true;
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return true;
    ERR_clear_error();
    return SSL_set_tlsext_host_name(ssl, name.c_str()) == 1 && SSL_set1_host(ssl, name.c_str()) == 1;
}

}  // namespace

TlsVersion tls_version_of(MqttTlsVersion version) {
    if (version == MqttTlsVersion::v12_or_newer) return TlsVersion::either;
    return version == MqttTlsVersion::v12 ? TlsVersion::v12 : TlsVersion::v13;
}

// Without a goodbye, but as if there had been one: OpenSSL would not resume a session that was cut.
void FreeSsl::operator()(SSL* ssl) const {
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

Result<std::unique_ptr<TlsClients>> TlsClients::make(const TlsPlan& plan, std::uint32_t slots) {
    std::unique_ptr<TlsClients> clients(new TlsClients(plan, slots));
    clients->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = clients->context_.get();
    if (auto set = set_versions_and_ciphers(*context, version_of(plan), plan.ciphers); !set) return std::move(set).error();
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, plan.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (auto trusts = add_trust(*context, plan.ca_pem, plan.ca_directory); !trusts) return std::move(trusts).error();
    const std::string protocols = plan.alpn.empty() ? "" : std::string(1, static_cast<char>(plan.alpn.size())) + plan.alpn;
    // Its 0 is a success.
    const auto* const named = reinterpret_cast<const unsigned char*>(protocols.data());
    if (!protocols.empty() && SSL_CTX_set_alpn_protos(context, named, static_cast<unsigned>(protocols.size())) != 0)
        return tls_error("the load's ALPN protocol");
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

Result<void> TlsClients::use_credential(SSL* ssl, std::uint32_t number) {
    const bool is_shared = plan_.shared_identity != nullptr;
    TlsCredential& credential = is_shared ? *plan_.shared_identity : credentials_[number];
    if (!credential.key) {
        auto parsed = TlsCredential::parse(plan_.identity(number));
        if (!parsed) return std::move(parsed).error();
        credential = std::move(*parsed);
    }
    if (SSL_use_certificate(ssl, credential.leaf.get()) != 1 || SSL_use_PrivateKey(ssl, credential.key.get()) != 1) {
        return tls_error("a client's certificate");
    }
    for (const auto& issuer : credential.chain) {
        if (SSL_add1_chain_cert(ssl, issuer.get()) != 1) return tls_error("a client's chain");
    }
    return {};
}

Result<SslHandle> TlsClients::open(int fd, std::uint32_t slot, std::optional<std::uint32_t> number, const std::string& server_name) {
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), fd) != 1 || !expect_server(ssl.get(), server_name)) return tls_error("a TLS connection");
    if ((plan_.identity || plan_.shared_identity) && number) {
        if (auto used = use_credential(ssl.get(), *number); !used) return std::move(used).error();
    }
    SSL_set_app_data(ssl.get(), &sessions_[slot]);
    if (sessions_[slot]) SSL_set_session(ssl.get(), sessions_[slot].get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

}  // namespace muster::fleet

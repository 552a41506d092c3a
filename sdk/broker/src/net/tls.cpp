// SPDX-License-Identifier: Apache-2.0
// The TLS side of the listeners.
#include "net/tls.hpp"

#include "pki/openssl.hpp"
#include "registry/names.hpp"

#include <openssl/ssl.h>

namespace muster::testbroker::net {
namespace {

namespace asio = boost::asio;

constexpr int security_level = 2;  // 112 bits: no RSA key below 2048 bits and no SHA-1, whatever the system's OpenSSL is content with.

// OpenSSL lets a CA with the right key usage be a client; a CA's name is not a device's.
int refuse_ca_as_leaf(int is_good, X509_STORE_CTX* context) {
    if (is_good != 1 || X509_STORE_CTX_get_error_depth(context) != 0 || X509_check_ca(X509_STORE_CTX_get_current_cert(context)) == 0)
        return is_good;
    X509_STORE_CTX_set_error(context, X509_V_ERR_INVALID_PURPOSE);
    return 0;
}

// Empty if it is not one name that can be read in one way only: other string types leave the bytes open to interpretation.
std::string usable_name(const X509& certificate) {
    auto name = pki::common_name_of(certificate);
    if (name.empty()) return name;
    const X509_NAME* subject = X509_get_subject_name(&certificate);
    const auto* entry = X509_NAME_get_entry(subject, X509_NAME_get_index_by_NID(subject, NID_commonName, -1));
    const int type = ASN1_STRING_type(X509_NAME_ENTRY_get_data(entry));
    const bool is_text = type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING || type == V_ASN1_IA5STRING;
    if (!is_text || !registry::check_foreign_device_id(name)) name.clear();
    return name;
}

// The client's own only: an issuer that has expired vouches for nobody.
int take_expired(int is_good, X509_STORE_CTX* context) {
    is_good = refuse_ca_as_leaf(is_good, context);
    const bool has_expired =
        X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED && X509_STORE_CTX_get_error_depth(context) == 0;
    if (is_good == 1 || !has_expired) return is_good;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

// Verifies, and lets the handshake go on whatever comes of it. The verification itself ends at the first fault: none covers another.
int verify_without_demand(X509_STORE_CTX* context, void* /*unused*/) {
    X509_STORE_CTX_set_verify_cb(context, &take_expired);
    if (X509_verify_cert(context) != 1 && X509_STORE_CTX_get_error(context) == X509_V_OK)
        X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
    return 1;
}

Result<void> load(asio::ssl::context& context, const std::filesystem::path& certificate, const std::filesystem::path& key) {
    boost::system::error_code error;
    context.use_certificate_chain_file(certificate.string(), error);
    if (error) return Error{Code::io, "the broker's certificate " + certificate.string() + " cannot be used: " + error.message()};
    context.use_private_key_file(key.string(), asio::ssl::context::pem, error);
    if (error) return Error{Code::io, "the broker's key " + key.string() + " cannot be used: " + error.message()};
    return {};
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const std::filesystem::path& certificate, const std::filesystem::path& key,
                                                     TrustStore& trusted, ClientCertificates clients, const base::Clock& clock) {
    auto tls = std::unique_ptr<TlsContext>(new TlsContext);
    if (auto loaded = load(tls->context_, certificate, key); !loaded) return std::move(loaded).error();
    SSL_CTX* handle = tls->context_.native_handle();
    SSL_CTX_set_cert_cb(handle, &choose_certificate, tls.get());
    SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
    SSL_CTX_set_security_level(handle, security_level);
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(handle, 0);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(handle, 1);  // A flight of a handshake in one system call, not two for each of its records.
    if (clients != ClientCertificates::off) {
        const int if_missing = clients == ClientCertificates::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        // The CA that names the devices is an anchor itself, whether it stands below a root or not.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(handle), X509_V_FLAG_PARTIAL_CHAIN);
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | if_missing, &refuse_ca_as_leaf);
        trusted.serve(handle);
        tls->ticket_keys_ = enable_tickets(handle, clock);
    }
    return tls;
}

Result<void> TlsContext::show(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    auto newer = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    if (auto loaded = load(*newer, certificate, key); !loaded) return loaded;
    newer_.with([&newer](auto& shown) { shown.swap(newer); });
    return {};
}

// The contract of SSL_CTX_set_cert_cb: 1, or 0 and the handshake fails.
int TlsContext::choose_certificate(SSL* ssl, void* context) {
    const auto newer = static_cast<TlsContext*>(context)->newer_.with([](const auto& shown) { return shown; });
    if (!newer) return 1;
    SSL_CTX* handle = newer->native_handle();
    SSL_certs_clear(ssl);  // Of a key of another type there would be both.
    return SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(handle), SSL_CTX_get0_privatekey(handle), nullptr, 1);
}

void TlsContext::ask_for_certificates(const std::string& root_pem) {
    SSL_CTX* handle = context_.native_handle();
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(handle, &verify_without_demand, nullptr);
    const auto roots = pki::parse_certificates(root_pem);
    if (!roots) return;  // Our own CA made it; nothing could be verified with a damaged one.
    for (const auto& root : *roots) X509_STORE_add_cert(SSL_CTX_get_cert_store(handle), root.get());
}

std::optional<tenancy::PeerCertificate> peer_certificate(SSL* ssl) {
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return std::nullopt;
    tenancy::PeerCertificate peer{usable_name(*certificate), {}, pki::time_of(*X509_get0_notAfter(certificate))};
    if (chain != nullptr && sk_X509_num(chain) > 1) peer.issuer_sha256 = pki::sha256_hex(pki::to_der(*sk_X509_value(chain, 1)));
    peer.serial = pki::serial_of(*certificate);
    if (chain == nullptr) peer.issuer_sha256 = issuer_in_ticket(ssl);
    return peer;
}

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// A client's side of TLS, by OpenSSL.
#include "pki/tls_client.hpp"

#include "base/files.hpp"
#include "base/secret.hpp"
#include "pki/key.hpp"
#include "pki/tls_reason.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace muster::pki {
namespace {

// Suites that only TLS 1.2 knows; those of TLS 1.3 are not concerned.
constexpr const char* tls_1_2_suites = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM";
constexpr const char* handshake_hint = "check the trust anchors, the validity of both certificates, and the clock";
constexpr const char* end_of_file = "unexpected eof while reading";

Result<std::vector<Certificate>> load_certificates(const std::filesystem::path& path) {
    auto text = base::load_file(path);
    if (!text) return std::move(text).error();
    auto parsed = parse_certificates(*text);
    if (!parsed) return std::move(parsed).error().in(path.string());
    return parsed;
}

Result<void> trust(SSL_CTX& context, const std::filesystem::path& path) {
    if (path.empty()) return {};
    const auto anchors = load_certificates(path);
    if (!anchors) return anchors.error();
    for (const auto& anchor : *anchors) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), anchor.get()) != 1) return openssl_error(path.string());
    }
    return {};
}

Result<void> identify(SSL_CTX& context, const TlsFiles& files) {
    if (files.key.empty()) return {};
    const auto certificates = load_certificates(files.certificate);
    if (!certificates) return certificates.error();
    const base::Secret password{std::string(files.key_password)};
    const auto key = load_key(files.key, files.key_password.empty() ? nullptr : &password);
    if (!key) return key.error();
    if (SSL_CTX_use_certificate(&context, certificates->front().get()) != 1)
        return openssl_error(files.certificate.string(), Code::corrupt);
    for (std::size_t i = 1; i < certificates->size(); ++i) {
        if (SSL_CTX_add1_chain_cert(&context, (*certificates)[i].get()) != 1)
            return openssl_error(files.certificate.string(), Code::corrupt);
    }
    if (SSL_CTX_use_PrivateKey(&context, key->get()) != 1) return openssl_error(files.key.string(), Code::corrupt);
    return {};
}

bool expect(SSL& session, const std::string& host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&session), host.c_str()) == 1) return true;
    ERR_clear_error();  // It is a name.
    return SSL_set_tlsext_host_name(&session, host.c_str()) == 1 && SSL_set1_host(&session, host.c_str()) == 1;
}

std::string handshake_failed(const std::string& why) {
    return "the TLS handshake failed (" + why + ")";
}

int clamped(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

Result<TlsClient> TlsClient::make(const TlsFiles& files, const std::string& host, int socket) {
    ERR_clear_error();
    TlsClient made;
    made.context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!made.context_) return openssl_error("TLS");
    SSL_CTX& context = *made.context_;
    // What is idle keeps no buffers.
    SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
    // Whatever openssl.cnf says.
    if (SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(&context, tls_1_2_suites) != 1)
        return openssl_error("TLS");
    if (auto trusted = trust(context, files.trust_anchors); !trusted) return std::move(trusted).error();
    if (auto identified = identify(context, files); !identified) return std::move(identified).error();
    made.session_.reset(SSL_new(&context));
    if (!made.session_ || SSL_set_fd(made.session_.get(), socket) != 1 || !expect(*made.session_, host)) return openssl_error("TLS");
    return made;
}

Result<bool> TlsClient::shake_hands() {
    ERR_clear_error();
    const int outcome = SSL_connect(session_.get());
    if (outcome == 1) return true;
    const int failure = SSL_get_error(session_.get(), outcome);
    if (failure == SSL_ERROR_WANT_READ || failure == SSL_ERROR_WANT_WRITE) return false;
    const std::string reason = take_tls_reason();
    if (failure == SSL_ERROR_SYSCALL || reason.empty() || reason == end_of_file)
        return Error{Code::unreachable, "the connection was lost in the TLS handshake",
                     "if it goes on, look at what stands between here and the broker, and at whether the broker listens for TLS there"};
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return Error{Code::tls, handshake_failed("the broker's certificate is for another host"),
                     "check that the broker's certificate is for this host name"};
    const std::string why = verdict == X509_V_OK ? reason : X509_verify_cert_error_string(verdict);
    return Error{Code::tls, handshake_failed(why), handshake_hint};
}

Result<std::size_t> TlsClient::moved(int outcome) {
    if (outcome > 0) return static_cast<std::size_t>(outcome);
    const int failure = SSL_get_error(session_.get(), outcome);
    if (failure == SSL_ERROR_WANT_READ || failure == SSL_ERROR_WANT_WRITE) return std::size_t{0};
    const std::string reason = take_tls_reason();
    if (failure == SSL_ERROR_SSL && !reason.empty() && reason != end_of_file)
        return Error{Code::tls, has_heard_ ? "TLS ended (" + reason + ")" : handshake_failed(reason), handshake_hint};
    return Error{Code::unreachable, "the connection was lost"};
}

Result<std::size_t> TlsClient::read(char* into, std::size_t size) {
    ERR_clear_error();
    auto got = moved(SSL_read(session_.get(), into, clamped(size)));
    has_heard_ = has_heard_ || (got && *got > 0);
    return got;
}

Result<std::size_t> TlsClient::write(std::string_view bytes) {
    ERR_clear_error();
    return moved(SSL_write(session_.get(), bytes.data(), clamped(bytes.size())));
}

void TlsClient::close() {
    ERR_clear_error();
    SSL_shutdown(session_.get());
    ERR_clear_error();
}

}  // namespace muster::pki

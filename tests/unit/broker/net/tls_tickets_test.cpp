// SPDX-License-Identifier: Apache-2.0
// Tickets and the keys they are made with, as time goes by.
#include "net/tls_tickets.hpp"

#include "net/tls.hpp"
#include "pki/openssl.hpp"
#include "support/manual_clock.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/bio.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>

namespace muster::testbroker::net {
namespace {

using namespace std::chrono_literals;
using test::Minted;
using Ticket = std::shared_ptr<SSL_SESSION>;

/// A server's context, and a client with a certificate that it trusts; they shake hands in memory. Threads: one.
class Pair {
public:
    explicit Pair(int version, std::chrono::hours certificate_lifetime = 24h) : client_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
        clock_.set_wall(std::chrono::system_clock::now());  // OpenSSL has a clock of its own for certificates.
        test::CertificateSpec spec;
        spec.ends = clock_.wall_now() + certificate_lifetime;
        const Minted identity = test::mint(spec, &ca_);
        serial_ = store_server_files("P-256");
        trusted_.set("acme", {test::pem_of(ca_.certificate)});
        auto made = TlsContext::make(directory_ / "server.pem", directory_ / "server.key", trusted_, ClientCertificates::required, clock_);
        REQUIRE(made);
        server_ = std::move(*made);
        SSL_CTX_set_min_proto_version(client_.get(), version);
        SSL_CTX_set_max_proto_version(client_.get(), version);
        SSL_CTX_use_certificate(client_.get(), identity.certificate.get());
        SSL_CTX_use_PrivateKey(client_.get(), identity.key.get());
        SSL_CTX_set_session_cache_mode(client_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(client_.get(), [](SSL* ssl, SSL_SESSION* session) {
            static_cast<Pair*>(SSL_get_app_data(ssl))->received_ = {SSL_SESSION_dup(session), &SSL_SESSION_free};
            return 0;
        });
    }

    struct Outcome {
        bool was_resumed = false;
        std::string issuer;  ///< As the ticket that was shown has it.
        Ticket ticket;       ///< The new one, if there was one.
        std::string server;  ///< The serial of the certificate that the server showed, now or when the session began.
    };
    /// Of the server's first certificate.
    [[nodiscard]] const std::string& serial() const { return serial_; }
    /// The serial of the server's new certificate, with a new key.
    std::string renew(const char* key_type) {
        const std::string serial = store_server_files(key_type);
        REQUIRE(server_->show(directory_ / "server.pem", directory_ / "server.key").ok());
        return serial;
    }
    Result<void> show_junk() {
        write("junk.pem", "junk");
        return server_->show(directory_ / "junk.pem", directory_ / "server.key");
    }
    Outcome shake_hands(const Ticket& shown = nullptr) {
        received_.reset();
        const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(client_.get()), &SSL_free);
        const std::unique_ptr<SSL, decltype(&SSL_free)> server(SSL_new(server_->context().native_handle()), &SSL_free);
        BIO* client_end = nullptr;
        BIO* server_end = nullptr;
        REQUIRE(BIO_new_bio_pair(&client_end, 0, &server_end, 0) == 1);
        SSL_set_bio(client.get(), client_end, client_end);
        SSL_set_bio(server.get(), server_end, server_end);
        SSL_set_app_data(client.get(), this);
        if (shown) SSL_set_session(client.get(), Ticket(SSL_SESSION_dup(shown.get()), &SSL_SESSION_free).get());
        SSL_set_connect_state(client.get());
        SSL_set_accept_state(server.get());
        for (int turn = 0; turn < 20; ++turn) {
            SSL_do_handshake(client.get());
            SSL_do_handshake(server.get());
            char byte = 0;
            if (SSL_is_init_finished(client.get()) == 1) SSL_read(client.get(), &byte, 1);  // Tickets of TLS 1.3 come after it.
        }
        REQUIRE(SSL_is_init_finished(server.get()) == 1);
        // OpenSSL does not tell of a ticket that TLS 1.2 renewed.
        if (shown && !received_ && ticket_in(SSL_get_session(client.get())) != ticket_in(shown.get()))
            received_ = {SSL_SESSION_dup(SSL_get_session(client.get())), &SSL_SESSION_free};
        return {SSL_session_reused(server.get()) == 1, issuer_in_ticket(server.get()), received_,
                pki::serial_of(*SSL_get0_peer_certificate(client.get()))};
    }
    void let_pass(std::chrono::milliseconds time) { clock_.advance(time); }

private:
    static std::string ticket_in(const SSL_SESSION* session) {
        const unsigned char* bytes = nullptr;
        std::size_t size = 0;
        SSL_SESSION_get0_ticket(session, &bytes, &size);
        return {reinterpret_cast<const char*>(bytes), size};
    }
    void write(const char* name, const std::string& content) { std::ofstream(directory_ / name) << content; }
    std::string store_server_files(const char* key_type) {
        const Minted server = test::mint({}, &ca_, test::mint_key(key_type));
        write("server.pem", test::pem_of(server.certificate));
        write("server.key", test::pem_of(server.key));
        return pki::serial_of(*server.certificate);
    }

    test::TemporaryDirectory directory_;
    const Minted ca_ = test::mint_ca("root");
    std::string serial_;
    test::ManualClock clock_;
    TrustStore trusted_;
    std::unique_ptr<TlsContext> server_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_;
    Ticket received_;
};

int any_version() {
    return GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
}

}  // namespace

TEST_CASE("a renewed server's certificate is shown in every full handshake from then on, and tickets from before are taken") {
    Pair pair(any_version());
    const auto before = pair.shake_hands();
    CHECK(before.server == pair.serial());
    for (const auto* key_type : {"P-256", "RSA", "P-256"}) {
        const std::string renewed = pair.renew(key_type);
        CHECK(renewed != before.server);
        const auto after = pair.shake_hands();
        CHECK_FALSE(after.was_resumed);
        CHECK(after.server == renewed);
        CHECK(pair.shake_hands(before.ticket).was_resumed);
        REQUIRE_FALSE(pair.show_junk().ok());
        CHECK(pair.shake_hands().server == renewed);
    }
}

TEST_CASE("ticket keys are replaced every hour; the one before is taken for another hour, then not") {
    Pair pair(any_version());
    const Ticket first = pair.shake_hands().ticket;
    REQUIRE(first);
    pair.let_pass(59min);
    CHECK(pair.shake_hands(first).was_resumed);

    pair.let_pass(2min);
    const auto under_old_key = pair.shake_hands(first);
    CHECK(under_old_key.was_resumed);
    REQUIRE(under_old_key.ticket);  // Under the new key.

    pair.let_pass(58min);
    CHECK(pair.shake_hands(first).was_resumed);
    pair.let_pass(2min);
    CHECK_FALSE(pair.shake_hands(first).was_resumed);
    CHECK(pair.shake_hands(under_old_key.ticket).was_resumed);
}

TEST_CASE("a ticket key that nobody asked for in time is not taken any more") {
    Pair pair(any_version());
    const Ticket ticket = pair.shake_hands().ticket;
    pair.let_pass(2h);
    CHECK_FALSE(pair.shake_hands(ticket).was_resumed);
}

TEST_CASE("a ticket is not taken once its certificate has expired") {
    Pair pair(any_version(), 1h);
    const Ticket ticket = pair.shake_hands().ticket;
    pair.let_pass(59min);
    CHECK(pair.shake_hands(ticket).was_resumed);
    pair.let_pass(1min);
    CHECK_FALSE(pair.shake_hands(ticket).was_resumed);
}

TEST_CASE("a ticket says who issued the certificate, also when it was renewed") {
    Pair pair(any_version());
    const auto full = pair.shake_hands();
    CHECK(full.issuer.empty());
    pair.let_pass(61min);
    const auto resumed = pair.shake_hands(full.ticket);
    CHECK(resumed.issuer.size() == 64);
    CHECK(pair.shake_hands(resumed.ticket).issuer == resumed.issuer);
}

TEST_CASE("every connection of TLS 1.3 gets a ticket of its own, so that none need be shown twice") {
    Pair pair(TLS1_3_VERSION);
    Ticket ticket = pair.shake_hands().ticket;
    for (int i = 0; i < 3; ++i) {
        const auto next = pair.shake_hands(ticket);
        CHECK(next.was_resumed);
        REQUIRE(next.ticket);
        ticket = next.ticket;
    }
}

}  // namespace muster::testbroker::net

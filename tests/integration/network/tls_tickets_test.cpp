// SPDX-License-Identifier: Apache-2.0
// What a TLS session ticket is good for: one tenant's device, one kind of listener, and no longer than its certificate.
#include "integration/network/tls_fleet.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using testbroker::ClientCertificates;
using testbroker::Listener;
using testbroker::ListenerScheme;
using wire::ReasonCode;
using WallClock = std::chrono::system_clock;

int any_version() {
    return GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
}

bool is_served(TlsClient& client) {
    client.send(wire::Pingreq{});
    const auto answer = client.next();
    return answer && std::holds_alternative<wire::Pingresp>(*answer);
}

/// The ticket of a device that was let in.
Ticket ticket_of(const TlsFleet& fleet, int version, const Minted& identity, const std::string& id, Ticket earlier = nullptr) {
    TlsClient client(fleet.port(), fleet.options(version, &identity, std::move(earlier)));
    REQUIRE(client.ask(id) == ReasonCode::success);
    REQUIRE(client.ticket());
    return client.ticket();
}

Listener listener_with(ClientCertificates clients) {
    Listener listener;
    listener.scheme = ListenerScheme::mqtts;
    listener.client_certificates = clients;
    return listener;
}

}  // namespace

TEST_CASE("a ticket is good for an hour at most, and never for longer than its certificate") {
    const int version = any_version();
    TlsFleet fleet;
    const auto long_lived = fleet.device("acme", "press-01", WallClock::now() + 24h);
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(ticket_of(fleet, version, long_lived, "press-01").get()) == 3'600);

    const auto short_lived = fleet.certificate("acme", "press-01", WallClock::now() + 10min);
    const auto ticket = ticket_of(fleet, version, short_lived, "press-01");
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(ticket.get()) > 0);
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(ticket.get()) <= 600);
    if (version == TLS1_2_VERSION) return;  // A resumed session of TLS 1.2 gets no other ticket.
    const auto next = ticket_of(fleet, version, short_lived, "press-01", ticket);
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(next.get()) > 0);
    CHECK(SSL_SESSION_get_ticket_lifetime_hint(next.get()) <= 600);
}

TEST_CASE("a ticket of one tenant's device is nothing in another tenant, whatever its holder shows beside it") {
    const int version = any_version();
    TlsFleet fleet;
    const auto ours = fleet.device("acme", "press-01", WallClock::now() + 24h);
    const auto theirs = fleet.device("bolt", "press-01", WallClock::now() + 24h);
    const auto ticket = ticket_of(fleet, version, ours, "press-01");

    TlsClient in_acme(fleet.port(), fleet.options(version, &ours));
    REQUIRE(in_acme.ask("press-01") == ReasonCode::success);
    TlsClient in_bolt(fleet.port(), fleet.options(version, &theirs));
    REQUIRE(in_bolt.ask("press-01") == ReasonCode::success);

    TlsClient pretender(fleet.port(), fleet.options(version, &theirs, ticket));
    REQUIRE(pretender.was_resumed());
    CHECK(pretender.ask("press-01", "bolt") == ReasonCode::not_authorized);
    TlsClient itself(fleet.port(), fleet.options(version, &theirs, ticket));
    REQUIRE(itself.was_resumed());
    CHECK(itself.ask("press-01") == ReasonCode::success);
    CHECK(in_acme.wait_for_goodbye() == ReasonCode::session_taken_over);
    CHECK(is_served(in_bolt));
    CHECK(is_served(itself));
}

TEST_CASE("who takes a deleted tenant's name is not let in by its tickets") {
    const int version = any_version();
    TlsFleet fleet;
    const auto identity = fleet.device("acme", "press-01", WallClock::now() + 24h);
    const auto ticket = ticket_of(fleet, version, identity, "press-01");
    REQUIRE(fleet.broker().delete_tenant("acme"));
    REQUIRE(fleet.broker().create_tenant("acme"));
    REQUIRE(fleet.broker().register_device("acme", "press-01"));
    TlsClient old(fleet.port(), fleet.options(version, &identity, ticket));
    CHECK_FALSE(old.was_resumed());
    CHECK_FALSE(old.ask("press-01").has_value());  // TLS does not take the certificate either.
}

TEST_CASE("a ticket that was given where certificates are optional or off opens nothing where they are required") {
    const int version = any_version();
    testbroker::BrokerConfig config;
    config.listeners = {listener_with(ClientCertificates::required), listener_with(ClientCertificates::off)};
    TlsFleet fleet(std::move(config));
    const auto& urls = fleet.broker().addresses().listeners;
    const std::uint16_t optional = port_in(urls[0]);
    const std::uint16_t required = port_in(urls[1]);
    const std::uint16_t off = port_in(urls[2]);
    REQUIRE(fleet.broker().set_application("acme", "dash", "open sesame"));
    const auto identity = fleet.device("acme", "press-01", WallClock::now() + 24h);

    TlsClient without(optional, fleet.options(version));
    REQUIRE(without.ask("dash", "acme/dash", "open sesame") == ReasonCode::success);
    REQUIRE(without.ticket());
    TlsClient stranger(required, fleet.options(version, nullptr, without.ticket()));
    CHECK_FALSE(stranger.was_resumed());
    CHECK(stranger.ask("dash", "acme/dash", "open sesame") == std::nullopt);

    // Not even a device's, without its certificate.
    const auto devices = ticket_of(fleet, version, identity, "press-01");
    TlsClient keyless(required, fleet.options(version, nullptr, devices));
    CHECK_FALSE(keyless.was_resumed());
    CHECK(keyless.ask("press-01") == std::nullopt);
    TlsClient proper(required, fleet.options(version, &identity, devices));
    CHECK_FALSE(proper.was_resumed());
    CHECK(proper.ask("press-01") == ReasonCode::success);

    TlsClient uncertified(off, fleet.options(version, nullptr, devices));
    CHECK_FALSE(uncertified.was_resumed());
    CHECK(uncertified.ask("press-01") == ReasonCode::not_authorized);
}

}  // namespace muster::test

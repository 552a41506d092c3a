// SPDX-License-Identifier: Apache-2.0
// What a certificate proves ends with it: for open connections within a second, for resumed TLS sessions at once.
#include "integration/network/tls_fleet.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using testbroker::Fault;
using testbroker::FaultKind;
using wire::ReasonCode;
using WallClock = std::chrono::system_clock;

/// The promise, and what a busy machine may add to it.
constexpr auto promptly = 1s + 1s;

constexpr int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/// Connections of one device each, by a full and by a resumed handshake of both versions of TLS, all admitted.
class OpenConnections {
public:
    OpenConnections(const TlsFleet& fleet, const std::string& tenant, const std::vector<Minted>& identities) {
        REQUIRE(identities.size() == 4);
        for (const bool resumes : {false, true}) {
            for (const int version : versions) open(fleet, tenant, identities[clients_.size()], version, resumes);
        }
    }
    /// The broker said goodbye to all of them, for want of authorization.
    void expect_goodbyes() {
        for (const auto& client : clients_) {
            CHECK(client->wait_for_goodbye() == ReasonCode::not_authorized);
            CHECK(client->has_ended());
        }
    }
    [[nodiscard]] const std::vector<Ticket>& tickets() const { return tickets_; }

private:
    void open(const TlsFleet& fleet, const std::string& tenant, const Minted& identity, int version, bool resumes) {
        const std::string id = "press-" + std::to_string(clients_.size());
        CAPTURE(tenant, id, version);
        Ticket ticket;
        if (resumes) {
            TlsClient before(fleet.port(), fleet.options(version, &identity));
            REQUIRE(before.ask(id) == ReasonCode::success);
            ticket = before.ticket();
            REQUIRE(ticket);
        }
        auto client = std::make_unique<TlsClient>(fleet.port(), fleet.options(version, &identity, ticket));
        REQUIRE(client->ask(id) == ReasonCode::success);
        REQUIRE(client->was_resumed() == resumes);
        tickets_.push_back(client->ticket() ? client->ticket() : ticket);
        clients_.push_back(std::move(client));
    }

    std::vector<std::unique_ptr<TlsClient>> clients_;
    std::vector<Ticket> tickets_;
};

std::vector<Minted> identities_of(TlsFleet& fleet, const std::string& tenant, WallClock::time_point ends) {
    std::vector<Minted> identities;
    for (int i = 0; i < 4; ++i) identities.push_back(fleet.device(tenant, "press-" + std::to_string(i), ends));
    return identities;
}

// A client that does not care how long its ticket is good for, offers it as if it were new.
Ticket made_young(const Ticket& ticket) {
    Ticket young(SSL_SESSION_dup(ticket.get()), &SSL_SESSION_free);
    SSL_SESSION_set_time(young.get(), WallClock::to_time_t(WallClock::now()));
    SSL_SESSION_set_timeout(young.get(), 3'600);
    return young;
}

}  // namespace

TEST_CASE("a certificate that expires ends its open connections within a second, and its tickets are worthless") {
    TlsFleet fleet;
    const auto ends = std::chrono::ceil<std::chrono::seconds>(WallClock::now()) + 3s;
    const auto identities = identities_of(fleet, "acme", ends);
    OpenConnections open(fleet, "acme", identities);
    REQUIRE(WallClock::now() < ends);
    open.expect_goodbyes();
    CHECK(WallClock::now() > ends);
    CHECK(WallClock::now() < ends + promptly);
    for (std::size_t i = 0; i < identities.size(); ++i) {
        const auto ticket = made_young(open.tickets()[i]);
        TlsClient late(fleet.port(), fleet.options(versions[i % 2], &identities[i], ticket));
        CHECK_FALSE(late.was_resumed());
        CHECK(late.ask("press-" + std::to_string(i)) == std::nullopt);
    }
}

TEST_CASE("who is revoked or deleted is disconnected within a second, resumed or not, and no ticket lets it in again") {
    enum class Way { certificate, device, deleted, fault_revoked, fault_expired };
    const auto way = GENERATE(Way::certificate, Way::device, Way::deleted, Way::fault_revoked, Way::fault_expired);
    CAPTURE(static_cast<int>(way));
    TlsFleet fleet;
    const auto identities = identities_of(fleet, "acme", WallClock::now() + 24h);
    const auto others = identities_of(fleet, "bolt", WallClock::now() + 24h);
    OpenConnections open(fleet, "acme", identities);
    TlsClient bystander(fleet.port(), fleet.options(TLS1_3_VERSION, &others[0]));
    REQUIRE(bystander.ask("press-0") == ReasonCode::success);

    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < identities.size(); ++i) {
        const std::string id = "press-" + std::to_string(i);
        if (way == Way::certificate) REQUIRE(fleet.broker().revoke_certificate("acme", serial_of(identities[i])));
        if (way == Way::device) REQUIRE(fleet.broker().revoke_device("acme", id));
        if (way == Way::deleted) REQUIRE(fleet.broker().delete_device("acme", id));
    }
    if (way == Way::fault_revoked || way == Way::fault_expired) {
        Fault fault;
        fault.kind = way == Way::fault_revoked ? FaultKind::revoke_certificate : FaultKind::expire_certificate;
        fault.tenant = "acme";
        REQUIRE(fleet.broker().inject(fault));
    }
    open.expect_goodbyes();
    CHECK(std::chrono::steady_clock::now() - begin < promptly);

    for (std::size_t i = 0; i < identities.size(); ++i) {
        const std::string id = "press-" + std::to_string(i);
        CAPTURE(id);
        TlsClient resumed(fleet.port(), fleet.options(versions[i % 2], &identities[i], open.tickets()[i]));
        CHECK(resumed.was_resumed());
        CHECK(resumed.ask(id) == ReasonCode::not_authorized);
        TlsClient full(fleet.port(), fleet.options(versions[i % 2], &identities[i]));
        CHECK(full.ask(id) == ReasonCode::not_authorized);
    }
    bystander.send(wire::Pingreq{});
    const auto answer = bystander.next();
    REQUIRE(answer);
    CHECK(std::holds_alternative<wire::Pingresp>(*answer));
}

}  // namespace muster::test

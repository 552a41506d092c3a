// SPDX-License-Identifier: Apache-2.0
// Tenants live on several threads; their clients do not notice.
#include "conformance/client.hpp"
#include "wire/encode.hpp"

#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::test {
namespace {

constexpr std::size_t tenants = 8;

/// A broker of four threads whose tenants `t0`, `t1`... each have the application `app`. Threads: one.
class Town {
public:
    Town() {
        testbroker::BrokerConfig config;
        config.threads = 4;
        config.mqtt_port = 0;
        auto started = testbroker::Broker::start(config);
        REQUIRE(started);
        broker_ = std::move(*started);
        for (std::size_t i = 0; i < tenants; ++i) {
            REQUIRE(broker_->create_tenant(name(i), testbroker::Isolation::flat));
            REQUIRE(broker_->set_application(name(i), "app", "pw"));
        }
        const std::string& url = broker_->addresses().mqtt_url;
        port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }
    static std::string name(std::size_t tenant) { return "t" + std::to_string(tenant); }
    [[nodiscard]] Client open() const { return Client(port_, Version::v5); }
    [[nodiscard]] testbroker::Broker& broker() { return *broker_; }

private:
    std::unique_ptr<testbroker::Broker> broker_;
    std::uint16_t port_ = 0;
};

std::string bytes_of(const wire::Packet& packet) {
    std::string bytes;
    wire::encode(packet, Version::v5, bytes);
    return bytes;
}

// Everything that a client has to say, without waiting for an answer.
std::string in_one_breath(const std::string& tenant, const std::string& client_id) {
    const std::string user = tenant + "/app";
    wire::Connect connect;
    connect.client_id = client_id;
    connect.username = user;
    connect.password = "pw";
    wire::Subscribe subscribe;
    subscribe.packet_id = 1;
    subscribe.requests.push_back({"news", Qos::at_most_once, false, false, 0});
    wire::Publish publish;
    publish.topic = "news";
    publish.payload = tenant;
    return bytes_of(connect) + bytes_of(subscribe) + bytes_of(publish);
}

}  // namespace

TEST_CASE("clients that say everything in one breath get to their tenants' threads with all of it") {
    Town town;
    std::vector<Client> clients;
    for (std::size_t i = 0; i < tenants; ++i) {
        clients.push_back(town.open());
        clients.back().send_bytes(in_one_breath(Town::name(i), "same-id"));
    }
    for (std::size_t i = 0; i < tenants; ++i) {
        CHECK(clients[i].expect<wire::Connack>().reason == ReasonCode::success);
        clients[i].expect<wire::Suback>();
        CHECK(clients[i].expect<wire::Publish>().payload == Town::name(i));
        clients[i].expect_nothing();
    }
    CHECK(town.broker().counters().open_connections == tenants);
}

TEST_CASE("a client id that comes back to its tenant from any thread takes its session over") {
    const Town town;
    std::vector<Client> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(town.open());
        clients.back().send_bytes(in_one_breath("t3", "again"));
        CHECK(clients.back().expect<wire::Connack>().reason == ReasonCode::success);
        if (i == 0) continue;
        auto& before = clients[clients.size() - 2];
        before.expect<wire::Suback>();
        before.expect<wire::Publish>();
        before.expect_closed_for(ReasonCode::session_taken_over);
    }
}

TEST_CASE("an outage cuts the connections of every thread, and all come back") {
    Town town;
    std::vector<Client> clients;
    for (std::size_t i = 0; i < tenants; ++i) {
        clients.push_back(town.open());
        clients.back().send_bytes(in_one_breath(Town::name(i), "c"));
        clients.back().expect<wire::Connack>();
        clients.back().expect<wire::Suback>();
        clients.back().expect<wire::Publish>();
    }
    REQUIRE(town.broker().begin_outage(std::chrono::milliseconds(50)));
    for (auto& client : clients) client.expect_closed();
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A broker in this process with one flat tenant.
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <utility>

namespace muster::test {
namespace {

constexpr std::string_view user = "acme/tester";
constexpr std::string_view password = "open sesame";

}  // namespace

wire::Connect hello(Version version, std::string_view client_id) {
    wire::Connect connect;
    connect.version = version;
    connect.keep_alive = 60;
    connect.client_id = client_id;
    connect.username = user;
    connect.password = password;
    return connect;
}

wire::Connect hello_again(Version version, std::string_view client_id) {
    auto connect = hello(version, client_id);
    connect.clean_start = false;
    if (version == Version::v5) connect.properties.session_expiry_interval = 300;
    return connect;
}

wire::Will will(std::string_view payload, Qos qos, bool retain) {
    wire::Will made;
    made.topic = "will";
    made.payload = payload;
    made.qos = qos;
    made.retain = retain;
    return made;
}

Bench::Bench(testbroker::BrokerConfig config) {
    config.mqtt_port = 0;
    auto started = testbroker::Broker::start(std::move(config));
    REQUIRE(started.ok());
    broker_ = std::move(started).value();
    REQUIRE(broker_->create_tenant("acme", testbroker::Isolation::flat).ok());
    REQUIRE(broker_->set_application("acme", "tester", password).ok());
    const std::string url = broker_->addresses().mqtt_url;
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

Client Bench::connect(const wire::Connect& connect) const {
    Client client = open(connect.version);
    REQUIRE(ask(client, connect).reason == ReasonCode::success);
    return client;
}

const wire::Connack& Bench::ask(Client& client, const wire::Connect& connect) const {
    client.send(connect);
    return client.expect<wire::Connack>();
}

void Bench::let_pass(std::uint32_t seconds) const {
    auto observer = connect(hello(Version::v5, "clock-observer"));
    observer.subscribe("clock");
    auto connect_clock = hello(Version::v5, "clock");
    connect_clock.properties.session_expiry_interval = seconds + 10;
    connect_clock.will = will("tick");
    connect_clock.will->topic = "clock";
    connect_clock.will->properties.will_delay_interval = seconds;
    connect(connect_clock).cut();
    observer.receive();
}

}  // namespace muster::test

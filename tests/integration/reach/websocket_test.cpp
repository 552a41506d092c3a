// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket, with TLS and without, in both versions.
#include "integration/reach/brokers.hpp"
#include "support/https_server.hpp"

using namespace muster;
using namespace muster::test;

TEST_CASE("device and application reach the bundled broker by every scheme, in MQTT 5 and 3.1.1") {
    const ReachableBroker fleet;
    const auto& addresses = fleet.broker->addresses();
    enum class WebSocketOf : std::uint8_t { nobody, the_device, the_application };
    const auto whose = GENERATE(WebSocketOf::nobody, WebSocketOf::the_device, WebSocketOf::the_application);
    const auto protocol = GENERATE(Protocol::mqtt5, Protocol::mqtt311);
    CAPTURE(static_cast<int>(whose), name_of(protocol));
    const std::string device_url = whose == WebSocketOf::the_device ? addresses.wss_url : addresses.mqtts_url;
    auto device_config = fleet.device_config(device_url);
    auto application_config = fleet.application_config(whose == WebSocketOf::the_application ? addresses.ws_url : addresses.mqtt_url);
    device_config.protocol = application_config.protocol = protocol;
    const auto device = open_device(std::move(device_config));
    const auto application = open_device(std::move(application_config));
    check_both_ways(*device, *application);
    CHECK(device->status().protocol == protocol);
    CHECK(device->status().client_id == "press-01");
    CHECK(device->status().endpoint == device_url);
}

TEST_CASE("several devices of a process are connected through WebSocket, by Paho one, and a second when it has gone") {
    const bool is_paho = GENERATE(false, true);
    const ReachableBroker fleet;
    const auto& addresses = fleet.broker->addresses();
    auto first_config = fleet.device_config(addresses.wss_url);
    auto second_config = fleet.application_config(addresses.ws_url);
    first_config.transport = second_config.transport = is_paho ? TransportKind::paho : TransportKind::native;
    auto first = open_device(std::move(first_config));
    States first_states(*first);
    REQUIRE(first->start());
    REQUIRE(first_states.wait(ConnectionState::connected));
    const auto second = open_device(std::move(second_config));
    States second_states(*second);
    REQUIRE(second->start());
    if (!is_paho) {
        REQUIRE(second_states.wait(ConnectionState::connected));
        CHECK(first->status().disconnects == 0);
        return;
    }
    REQUIRE(second_states.wait(ConnectionState::waiting));
    CHECK(second->status().last_error->code() == Code::in_use);
    CHECK_THAT(second->status().last_error->message(), Catch::Contains("another device of this process is connected through WebSocket"));
    first.reset();
    REQUIRE(second_states.wait(ConnectionState::connected));
}

TEST_CASE("a WebSocket whose certificate is for another host is refused, and never told who comes") {
    const auto ca = mint_ca("Server CA");
    const auto [host, names, is_right] = GENERATE(table<std::string, std::string, bool>({{"localhost", "DNS:localhost", true},
                                                                                         {"127.0.0.1", "IP:127.0.0.1", true},
                                                                                         {"localhost", "DNS:other.example", false},
                                                                                         {"localhost", "IP:127.0.0.1", false},
                                                                                         {"localhost", "DNS:*", false},
                                                                                         {"localhost", "", false},
                                                                                         {"127.0.0.1", "DNS:localhost", false},
                                                                                         {"127.0.0.1", "IP:127.0.0.2", false}}));
    CAPTURE(host, names);
    CertificateSpec server;
    server.common_names = {"broker"};
    server.extended_key_usage = "serverAuth";
    server.subject_alt_name = names;
    const auto asked = std::make_shared<Collected<std::string>>();
    const HttpsServer web(mint(server, &ca), [asked](const HttpRequest& request) {
        asked->add(request.target);
        return http_reply(404, "text/plain", "nothing here");
    });
    const TemporaryDirectory directory;
    REQUIRE(base::store_file(directory / "ca.pem", pem_of(ca.certificate), base::Access::everyone_reads, base::Existing::refuse));
    auto config = config_for("wss://" + host + ":" + std::to_string(web.port()) + "/fleet");
    config.ca_file = directory / "ca.pem";
    const auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::refused));
    if (is_right) {
        CHECK(asked->wait_for_count(1));
        CHECK(asked->values().front() == "/fleet");
        return;
    }
    CHECK(asked->values().empty());
    CHECK_THAT(device->status().last_error->hint(), Catch::Contains("certificate is for this host name"));
}

TEST_CASE("a WebSocket at another path is not there") {
    const ReachableBroker fleet;
    auto url = fleet.broker->addresses().ws_url;
    url.replace(url.rfind("/mqtt"), 5, "/elsewhere");
    const auto application = open_device(fleet.application_config(url));
    States states(*application);
    REQUIRE(application->start());
    REQUIRE(states.wait(ConnectionState::refused));
    CHECK(application->status().connects == 0);
    CHECK(application->status().last_error->code() == Code::rejected);
    CHECK_THAT(application->status().last_error->message(), Catch::Contains("no WebSocket at /elsewhere: the server answers 404"));
}

TEST_CASE("a device keeps its subscriptions when the broker behind a WebSocket goes away and comes back") {
    const ReachableBroker fleet;
    const auto device = open_device(fleet.device_config(fleet.broker->addresses().wss_url));
    States states(*device);
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    REQUIRE(fleet.broker->begin_outage(200ms));
    REQUIRE(states.wait(ConnectionState::connected, 2));
    REQUIRE(device->publish("hello", "again"));
    CHECK(device->wait_drained(20s));
}

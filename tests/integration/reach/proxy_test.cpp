// SPDX-License-Identifier: Apache-2.0
// A broker that is reached through an HTTP proxy.
#include "integration/reach/brokers.hpp"
#include "support/http_proxy.hpp"

#include <vector>

using namespace muster;
using namespace muster::test;

TEST_CASE("a device goes through the proxy that it is given, by every scheme, and says who it is") {
    const ReachableBroker fleet;
    const auto& addresses = fleet.broker->addresses();
    const auto way = GENERATE(as<std::size_t>(), 0, 1, 2, 3);
    const std::string url = std::vector<std::string>{addresses.mqtts_url, addresses.wss_url, addresses.mqtt_url, addresses.ws_url}[way];
    CAPTURE(url);
    const bool is_tls = url == addresses.mqtts_url || url == addresses.wss_url;
    const HttpProxy proxy;
    auto config = is_tls ? fleet.device_config(url) : fleet.application_config(url);
    config.proxy.url = proxy.url();
    config.proxy.username = "jo@plant";
    fleet.store("proxy-password", "p%:@/\xC3\xA4\n", base::Access::owner_only);
    config.proxy.password_file = fleet.directory / "proxy-password";
    const auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    REQUIRE(device->publish("hello", "world"));
    CHECK(device->wait_drained(20s));
    const auto requests = proxy.requests();
    REQUIRE(requests.size() == 1);
    CHECK_THAT(requests.front(), Catch::StartsWith("CONNECT 127.0.0.1:"));
    // The user name and password above, in Base64.
    CHECK_THAT(requests.front(), Catch::Contains("\r\nProxy-Authorization: Basic am9AcGxhbnQ6cCU6QC/DpA==\r\n"));
}

TEST_CASE("a proxy that refuses is weather, and named") {
    const ReachableBroker fleet;
    const HttpProxy proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    auto config = fleet.device_config(fleet.broker->addresses().mqtts_url);
    config.proxy.url = proxy.url();
    const auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::waiting));
    const auto error = device->status().last_error;
    REQUIRE(error);
    CHECK(error->code() == Code::unreachable);
    CHECK_THAT(error->message(), Catch::EndsWith(" answers 407 Proxy Authentication Required"));
    CHECK_THAT(error->hint(), Catch::Contains("proxy"));
}

TEST_CASE("a proxy's password that others can read is refused") {
    const ReachableBroker fleet;
    auto config = fleet.device_config(fleet.broker->addresses().mqtts_url);
    config.proxy.url = "http://127.0.0.1:1";
    config.proxy.username = "jo";
    fleet.store("proxy-password", "p\n", base::Access::everyone_reads);
    config.proxy.password_file = fleet.directory / "proxy-password";
    const auto opened = Device::open(std::move(config));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == Code::unsafe_file);
}

// SPDX-License-Identifier: Apache-2.0
// The bundled broker behind a name with several addresses, by every scheme.
#include "integration/reach/brokers.hpp"
#include "integration/transport/link.hpp"
#include "support/addresses.hpp"

#include <vector>

using namespace muster;
using namespace muster::test;
using transport::Address;

namespace {

std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', url.find("]") == std::string::npos ? 8 : url.find("]")) + 1)));
}

// The same place, by another name.
std::string at_host(const std::string& url, const std::string& host) {
    const auto begin = url.find("://") + 3;
    const auto end = url.find(':', url[begin] == '[' ? url.find(']') : begin);
    return url.substr(0, begin) + host + url.substr(end);
}

transport::LinkOptions device_options(const ReachableBroker& fleet, const std::string& url) {
    auto options = options_for(url);
    options.trust_anchors = fleet.directory / "identity" / "ca.pem";
    options.key = fleet.directory / "identity" / "device.key";
    options.certificate = fleet.directory / "identity" / "chain.pem";
    return options;
}

transport::LinkOptions application_options(const std::string& url) {
    auto options = options_for(url, "dash");
    options.username = "acme/dash";
    options.password = "open sesame";
    return options;
}

}  // namespace

TEST_CASE("behind dead addresses of both families, the one that lives is found, by every scheme") {
    const ReachableBroker fleet;
    const auto& addresses = fleet.broker->addresses();
    const auto way = GENERATE(as<std::size_t>(), 0, 1, 2, 3);
    const std::string url = std::vector<std::string>{addresses.mqtts_url, addresses.wss_url, addresses.mqtt_url, addresses.ws_url}[way];
    CAPTURE(url);
    const bool is_tls = url == addresses.mqtts_url || url == addresses.wss_url;
    const RefusingAddress refusing("127.0.0.2");
    const RefusingAddress refusing_too("::1");
    const SilentAddress silent("127.0.0.3");
    NamedLine line({refusing.address(), silent.address(), refusing_too.address(), address_of("127.0.0.1", port_of(url))});
    const std::string there = at_host(url, "localhost");
    for (transport::LinkId link = 1; link <= 2; ++link) {
        line.transport->open(link, is_tls ? device_options(fleet, there) : application_options(there), line.sink);
        REQUIRE(line.sink.wait_up(link));
        line.transport->send(link, 1, {is_tls ? "hello" : "press-01/hello", std::string(100'000, 'x'), Qos::at_least_once, false});
        REQUIRE(line.sink.wait(link, [](const auto& told) { return told.sent.size() == 1; }));
        CHECK(line.sink.told(link).sent.front().second);
    }
}

TEST_CASE("half a second is enough to connect in, also beside other devices of the process") {
    const ReachableBroker fleet;
    const auto& addresses = fleet.broker->addresses();
    std::vector<std::unique_ptr<Device>> devices;
    // Paho alone takes two seconds from the second on, so that it never came up.
    for (auto config : {fleet.application_config(addresses.ws_url), fleet.device_config(addresses.mqtts_url),
                        fleet.application_config(at_host(addresses.mqtt_url, "localhost"))}) {
        if (!config.client_id.empty()) config.client_id += "-" + std::to_string(devices.size());
        config.connect_timeout = 500ms;
        devices.push_back(open_device(std::move(config)));
        States states(*devices.back());
        REQUIRE(devices.back()->start());
        CHECK(states.wait(ConnectionState::connected));
    }
}

TEST_CASE("the certificate has to be for the name, whichever address answers") {
    const ReachableBroker fleet;
    const bool is_websocket = GENERATE(false, true);
    const auto& addresses = fleet.broker->addresses();
    const std::string url = is_websocket ? addresses.wss_url : addresses.mqtts_url;
    NamedLine line({address_of("127.0.0.1", port_of(url))});
    line.transport->open(1, device_options(fleet, at_host(url, "broker.example")), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
    CHECK_THAT(down->hint(), Catch::Contains("certificate is for this host name"));
}

// SPDX-License-Identifier: Apache-2.0
// A broker without isolation, and an application that does not notice.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <memory>

using namespace muster;
using namespace muster::test;

namespace {

/// Firmware as it would be written for a broker that isolates devices: nothing in it says which device it is.
struct Firmware {
    explicit Firmware(DeviceConfig config, const std::string& commands = "cmd/#") : device(open_device(std::move(config))) {
        REQUIRE(device->subscribe(commands, Qos::at_least_once,
                                  [seen = seen](const Message& message) { seen->add(message.topic + " " + message.payload); }));
        REQUIRE(device->start());
        REQUIRE(device->wait_subscribed(20s));
        REQUIRE(device->publish("status", "ready"));
        REQUIRE(device->wait_drained(20s));
    }
    std::shared_ptr<Collected<std::string>> seen = std::make_shared<Collected<std::string>>();
    std::unique_ptr<Device> device;
};

DeviceConfig rooted(const MosquittoProcess& broker, const std::string& name) {
    auto config = config_for(broker.url());
    config.client_id = name;
    config.tenant = "acme";
    config.client_id_template = "{tenant}:{device}";
    config.topic_root = "d/{client_id}";
    config.presence.enabled = true;
    return config;
}

}  // namespace

TEST_CASE("two devices with the same firmware keep apart on a broker that knows only client ids") {
    const TemporaryDirectory directory;
    std::ofstream(directory / "acl") << "topic readwrite #\npattern readwrite d/%c/#\n";
    MosquittoProcess broker({"acl_file " + (directory / "acl").string()});
    MosquittoSubscriber everything(broker, "d/#");
    {
        Firmware first(rooted(broker, "press-01"));
        const Firmware second(rooted(broker, "press-02"), "$share/workers/cmd/#");
        CHECK(first.device->status().client_id == "acme:press-01");
        REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "d/acme:press-01/cmd/open", "-m", "one"}) == 0);
        REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "d/acme:press-02/cmd/open", "-m", "two"}) == 0);
        REQUIRE(first.seen->wait_for_count(1));
        REQUIRE(second.seen->wait_for_count(1));
        CHECK(first.seen->values() == std::vector<std::string>{"cmd/open one"});
        CHECK(second.seen->values() == std::vector<std::string>{"cmd/open two"});
        first.device->stop(10s);
    }
    auto seen = everything.collect();
    std::sort(seen.begin(), seen.end());
    for (const char* const expected : {"d/acme:press-01/presence online", "d/acme:press-01/presence offline",
                                       "d/acme:press-01/status ready", "d/acme:press-02/presence online", "d/acme:press-02/status ready"}) {
        CAPTURE(expected);
        CHECK(std::binary_search(seen.begin(), seen.end(), std::string(expected)));
    }
}

TEST_CASE("a topic that is too long with its root is refused") {
    MosquittoProcess broker;
    const auto device = open_device(rooted(broker, "press-01"));
    const std::string longest(65'535, 't');
    CHECK(device->publish(longest, "x").error().code() == Code::too_large);
}

// SPDX-License-Identifier: Apache-2.0
// The bundled broker with every entrance, and who may come in.
#pragma once

#include "../device/devices.hpp"
#include "base/files.hpp"
#include "support/broker_ca.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <muster/device.hpp>
#include <muster/identity.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace muster::test {

/// Tenant acme with device press-01, which has a certificate, and application dash, which has a password.
/// Threads: one.
class ReachableBroker {
public:
    ReachableBroker() {
        testbroker::BrokerConfig config;
        config.mqtt_port = 0;
        config.ws_port = 0;
        config.wss_port = 0;
        auto started = testbroker::Broker::start(std::move(config));
        REQUIRE(started);
        broker = std::move(*started);
        REQUIRE(broker->create_tenant("acme"));
        REQUIRE(broker->register_device("acme", "press-01"));
        REQUIRE(broker->set_application("acme", "dash", "open sesame"));
        store("password", "open sesame\n", base::Access::owner_only);
        enroll();
    }

    [[nodiscard]] DeviceConfig device_config(const std::string& url) const {
        DeviceConfig config = config_for(url);
        config.client_id.clear();
        config.identity_dir = directory / "identity";
        return config;
    }
    [[nodiscard]] DeviceConfig application_config(const std::string& url) const {
        DeviceConfig config = config_for(url);
        config.client_id = "dash";
        config.username = "acme/dash";
        config.password_file = directory / "password";
        config.ca_file = broker->addresses().ca_file;
        return config;
    }
    void store(const std::string& name, const std::string& content, base::Access access) const {
        REQUIRE(base::store_file(directory / name, content, access, base::Existing::replace));
    }

    const TemporaryDirectory directory;
    std::unique_ptr<testbroker::Broker> broker;

private:
    void enroll() const {
        const auto issuing = load_ca(broker->addresses().state_dir, "acme");
        const auto leaf = mint({}, &issuing);
        REQUIRE(base::make_private_directory(directory / "identity"));
        store("identity/device.key", pem_of(leaf.key), base::Access::owner_only);
        store("identity/device.crt", pem_of(leaf.certificate), base::Access::everyone_reads);
        store("identity/chain.pem", pem_of(leaf.certificate) + pem_of(issuing.certificate), base::Access::everyone_reads);
        store("identity/ca.pem", *base::load_file(broker->addresses().ca_file), base::Access::everyone_reads);
    }
};

/// What the application sees of the device, and the device of the application: one message each way.
inline void check_both_ways(Device& device, Device& application) {
    Collected<std::string> seen;
    Collected<std::string> commands;
    REQUIRE(application.subscribe("press-01/#", Qos::at_least_once, [&](const Message& message) { seen.add(message.topic); }));
    REQUIRE(device.subscribe("cmd", Qos::at_least_once, [&](const Message& message) { commands.add(message.payload); }));
    for (Device* const one : {&application, &device}) {
        REQUIRE(one->start());
        REQUIRE(one->wait_subscribed(20s));
    }
    REQUIRE(device.publish("hello", "world"));
    CHECK(seen.wait_for_count(1));
    REQUIRE(application.publish("press-01/cmd", "open"));
    CHECK(commands.wait_for_count(1));
    device.stop(10s);
    application.stop(10s);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// The same ranges hold for a configuration made in code.
#include "device/config_check.hpp"

#include <muster/device.hpp>

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

DeviceConfig local() {
    DeviceConfig config;
    config.endpoints = {"mqtt://127.0.0.1:1883"};
    return config;
}

}  // namespace

TEST_CASE("endpoints are normalised") {
    auto config = local();
    config.endpoints = {"mqtt://localhost", "mqtt://[::1]:1884"};
    const auto endpoints = device::check_config(config);
    REQUIRE(endpoints);
    CHECK(endpoints->at(0).url() == "mqtt://localhost:1883");
    CHECK(endpoints->at(1).url() == "mqtt://[::1]:1884");
}

TEST_CASE("a value out of its range is refused by open, before anything is touched") {
    auto config = local();
    config.connect_timeout = std::chrono::milliseconds(1);
    config.outbox_path = "/nonexistent/outbox.db";
    const auto opened = Device::open(config);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message() == "connect_timeout_ms is 1");
}

TEST_CASE("a class with a filter that is none is refused with its number") {
    auto config = local();
    config.classes = {{"a/#", {}}, {"a/#/b", {}}};
    const auto opened = Device::open(config);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message().rfind("classes[1]", 0) == 0);
}

TEST_CASE("what cannot be published is refused, and nothing is stored") {
    auto opened = Device::open(local());
    REQUIRE(opened);
    Device& device = **opened;
    CHECK(device.publish("", "x").error().code() == Code::invalid_argument);
    CHECK(device.publish("a/+", "x").error().code() == Code::invalid_argument);
    CHECK(device.publish(std::string(65'536, 't'), "x").error().code() == Code::too_large);
    CHECK(device.publish("a", "x", {Qos::at_least_once, Durability::disk}).error().code() == Code::invalid_argument);
    CHECK(device.subscribe("a#", Qos::at_least_once, [](const Message&) {}).error().code() == Code::invalid_argument);
    CHECK(device.subscribe("a", Qos::at_least_once, {}).error().code() == Code::invalid_argument);
    CHECK(device.status().outbox.accepted == 0);
}

TEST_CASE("a device that was stopped accepts nothing, starts no more, and counts what was only in memory") {
    auto opened = Device::open(local());
    REQUIRE(opened);
    Device& device = **opened;
    REQUIRE(device.publish("a", "x"));
    const auto status = device.stop(std::chrono::milliseconds(0));
    CHECK(status.outbox.accepted == 1);
    CHECK(status.outbox.dropped_stopped == 1);
    CHECK(status.outbox.waiting == 0);
    CHECK(device.publish("a", "x").error().code() == Code::stopped);
    CHECK(device.start().error().code() == Code::stopped);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A network that is slow but whole: patience, and no message twice.
#include "integration/device/devices.hpp"
#include "support/faulty_proxy.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

TEST_CASE("over a slow or a distant network everything is delivered once, on one connection") {
    struct Case {
        const char* name;
        Wire wire;
    };
    const auto one = GENERATE(Case{"200 ms each way", {Strike::nothing, 0, 0, 200ms}}, Case{"4 KB/s", {Strike::nothing, 0, 4'000, 0ms}});
    INFO(one.name);
    MosquittoProcess broker({"persistence true"});
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    FaultyProxy proxy(broker.port(), [&](std::size_t) { return both_ways(one.wire); });
    auto config = config_for(proxy.url());
    config.keep_alive = 1s;  // Silence and slowness are told apart.
    auto device = open_device(std::move(config));
    PublishOptions options;
    options.durability = Durability::memory;
    constexpr std::size_t count = 200;
    for (std::size_t i = 0; i < count; ++i) REQUIRE(device->publish("telemetry/load", std::to_string(i), options));
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(device->start());
    REQUIRE(device->wait_drained(20s));
    CHECK(std::chrono::steady_clock::now() - start > 1s);  // It was slow.
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == count);
    CHECK(status.redelivered == 0);
    CHECK(accounts_hold(status.outbox));
    CHECK(proxy.counts().connections == 1);
    const auto lines = subscriber.collect();
    REQUIRE(lines.size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(lines[i] == "telemetry/load " + std::to_string(i));
}

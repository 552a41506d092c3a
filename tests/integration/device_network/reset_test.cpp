// SPDX-License-Identifier: Apache-2.0
// The connection is reset at every byte of its first packets: all that was accepted arrives all the same.
#include "integration/device/devices.hpp"
#include "support/faulty_proxy.hpp"
#include "support/mosquitto_process.hpp"

#include <MQTTAsync.h>
#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <map>
#include <string_view>
#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

// Every kind of packet of delivery is on the wire.
constexpr std::array qualities{Qos::at_least_once, Qos::exactly_once,  Qos::at_least_once,
                               Qos::exactly_once,  Qos::at_least_once, Qos::exactly_once};

/// Counts what Paho freed twice, and found in time. What it does not find is another client's memory.
class FreedTwice {
public:
    FreedTwice() {
        count_ = 0;
        MQTTAsync_setTraceCallback([](MQTTASYNC_TRACE_LEVELS /*level*/, char* line) {
            if (std::string_view(line).find("Failed to remove heap item") != std::string_view::npos) ++count_;
        });
        MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
    }
    ~FreedTwice() { MQTTAsync_setTraceCallback(nullptr); }
    FreedTwice(const FreedTwice&) = delete;
    FreedTwice& operator=(const FreedTwice&) = delete;
    [[nodiscard]] static std::size_t count() { return count_; }

private:
    static inline std::atomic<std::size_t> count_{0};
};

struct Outcome {
    Status status;
    ProxyCounts proxy;
    bool is_whole = false;  // All was delivered, and its own message came back to the device.
};

// Connects through the proxy, subscribes and publishes. The client id is the name.
Outcome deliver(const MosquittoProcess& broker, const std::string& name, FaultyProxy::Plan plan) {
    FaultyProxy proxy(broker.port(), std::move(plan));
    auto config = config_for(proxy.url());
    config.client_id = name;
    config.backoff.base = 10ms;
    config.backoff.cap = 10ms;
    PublishOptions options;
    options.durability = Durability::memory;
    Collected<std::string> echo;
    auto device = open_device(std::move(config));
    bool is_whole = device->subscribe("echo/" + name, Qos::at_least_once, [&](const Message& message) { echo.add(message.payload); }).ok();
    for (std::size_t i = 0; i < qualities.size(); ++i) {
        options.qos = qualities[i];
        is_whole = is_whole && device->publish("kept/" + name, std::to_string(i), options).ok();
    }
    is_whole = is_whole && device->start().ok() && device->wait_drained(20s).ok();
    // The subscription is back, too.
    is_whole = is_whole && device->publish("echo/" + name, "last", options).ok() && echo.wait_for_count(1);
    return {device->stop(5s), proxy.counts(), is_whole};
}

struct Where {
    const char* name;
    Wire Wires::*wire;
    std::uint64_t ProxyCounts::*bytes;
};
constexpr std::array directions{Where{"to the broker", &Wires::to_broker, &ProxyCounts::to_broker},
                                Where{"to the device", &Wires::to_client, &ProxyCounts::to_client}};

struct Position {
    Where where;
    std::uint64_t byte;
    std::string name;
    Outcome outcome;
};

// Every byte but those of the echo and the goodbye, which are on the wire of a clean run, too.
std::vector<Position> positions_of(const ProxyCounts& clean) {
    constexpr std::uint64_t last_bytes = 30;
    std::vector<Position> positions;
    for (const auto& where : directions) {
        for (std::uint64_t byte = 0; byte + last_bytes < clean.*where.bytes; ++byte) {
            positions.push_back({where, byte, std::to_string(1'000 + positions.size()), {}});
        }
    }
    return positions;
}

// Many at once: a connection after another takes Paho a second (its polling), however many do it.
void strike_at(const MosquittoProcess& broker, Strike strike, std::vector<Position>& positions) {
    constexpr std::size_t at_once = 40;
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < at_once; ++i) {
        threads.emplace_back([&] {
            for (auto at = next++; at < positions.size(); at = next++) {
                auto& position = positions[at];
                Wires struck;
                struck.*position.where.wire = {strike, position.byte};
                position.outcome = deliver(broker, position.name, [&](std::size_t nth) { return nth == 0 ? struck : Wires{}; });
            }
        });
    }
    for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("a connection that ends at any byte of its first packets costs no message") {
    const auto strike = GENERATE(Strike::reset, Strike::cut);
    MosquittoProcess broker({"persistence true"});
    MosquittoSubscriber subscriber(broker, "kept/#");
    const auto clean = deliver(broker, "0000", {});
    REQUIRE(clean.is_whole);
    REQUIRE(clean.proxy.connections == 1);
    auto positions = positions_of(clean.proxy);
    REQUIRE(positions.size() >= 200);
    const FreedTwice freed_twice;
    strike_at(broker, strike, positions);
    CHECK(freed_twice.count() == 0);

    std::map<std::string, std::size_t> arrived;
    for (const auto& line : subscriber.collect()) ++arrived[line];
    std::size_t duplicates = 0;
    std::size_t struck = 0;
    for (const auto& [where, byte, name, outcome] : positions) {
        INFO((strike == Strike::reset ? "reset" : "cut") << " after byte " << byte << " " << where.name);
        CHECK(outcome.is_whole);
        CHECK(outcome.status.outbox.delivered == qualities.size() + 1);
        CHECK(accounts_hold(outcome.status.outbox));
        // It came back, once. With so many devices in one process Paho now and then gives up a connection that nobody struck.
        struck += outcome.proxy.strikes;
        CHECK(outcome.proxy.connections >= 2);
        CHECK(outcome.proxy.connections <= 3);
        std::size_t copies = 0;
        for (std::size_t i = 0; i < qualities.size(); ++i) {
            const auto one = arrived["kept/" + name + " " + std::to_string(i)];
            CHECK(one >= 1);
            copies += one;
        }
        CHECK(copies - qualities.size() <= outcome.status.redelivered);
        duplicates += copies - qualities.size();
    }
    CHECK(struck + 3 >= positions.size());
    WARN(positions.size() << " positions, nothing lost, " << duplicates << " duplicates");
}

TEST_CASE("the same strikes cost what is sent without acknowledgement, so the check can fail") {
    constexpr std::size_t struck_devices = 20;
    constexpr std::uint64_t step = 10;  // Through the CONNECT and all that is published.
    MosquittoProcess broker;
    ChildProcess counter({"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-t", "kept/#", "-F", "%t"});
    // It is subscribed when the first message comes.
    while (counter.read_line(50ms) != "kept/begin") REQUIRE(mosquitto_pub(broker, {"-t", "kept/begin", "-n"}) == 0);
    std::array<std::size_t, struck_devices + 1> strikes{};
    std::vector<std::thread> threads;
    for (std::size_t nth = 0; nth < strikes.size(); ++nth) {
        threads.emplace_back([&, nth] {
            Wires wires;
            if (nth < struck_devices) wires.to_broker = {Strike::reset, nth * step};
            FaultyProxy proxy(broker.port(), [&](std::size_t connection) { return connection == 0 ? wires : Wires{}; });
            auto config = config_for(proxy.url());
            config.client_id = std::to_string(nth);
            auto device = open_device(std::move(config));
            PublishOptions options;
            options.durability = Durability::memory;
            options.qos = Qos::at_most_once;
            for (std::size_t i = 0; i < qualities.size(); ++i)
                static_cast<void>(device->publish("kept/" + std::to_string(nth), std::to_string(i), options));
            static_cast<void>(device->start());
            static_cast<void>(device->wait_drained(20s));
            device->stop(5s);
            strikes[nth] = proxy.counts().strikes;
        });
    }
    for (auto& thread : threads) thread.join();
    std::map<std::string, std::size_t> arrived;
    REQUIRE(mosquitto_pub(broker, {"-t", "kept/end", "-n"}) == 0);
    for (auto topic = counter.read_line(); topic != "kept/end"; topic = counter.read_line()) {
        REQUIRE(topic);
        ++arrived[*topic];
    }
    std::size_t lost = 0;
    for (std::size_t nth = 0; nth < struck_devices; ++nth) lost += qualities.size() - arrived["kept/" + std::to_string(nth)];
    CHECK(lost > 0);
    CHECK(strikes[struck_devices] == 0);
    CHECK(arrived["kept/" + std::to_string(struck_devices)] == qualities.size());
}

// SPDX-License-Identifier: Apache-2.0
// A device with the application's own clock and randomness does the same twice.
#include "integration/device/devices.hpp"
#include "memory_transport.hpp"

#include <muster/hooks.hpp>

#include <catch2/catch.hpp>

#include <atomic>

using namespace muster;
using namespace muster::test;

namespace {

/// Stands still until it is moved. Threads: any.
class HandClock final : public Clock {
public:
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
        return std::chrono::steady_clock::time_point(1000h + passed());
    }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const override {
        return std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600) + passed());
    }
    void advance(std::chrono::milliseconds time) { passed_ms_ += time.count(); }

private:
    [[nodiscard]] std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_ms_); }
    std::atomic<std::int64_t> passed_ms_{0};
};

/// xorshift64. It must not be asked twice at once. Threads: one at a time.
class SameNumbers final : public Random {
public:
    explicit SameNumbers(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_;
    }

private:
    std::uint64_t state_;
};

struct Run {
    std::string client_id;
    std::vector<std::chrono::milliseconds> delays;
};

bool operator==(const Run& a, const Run& b) {
    return a.client_id == b.client_id && a.delays == b.delays;
}

/// A device without a name that nobody lets in, until its sixth delay.
Run run_of(std::uint64_t seed) {
    HandClock clock;
    SameNumbers numbers(seed);
    MemoryBroker broker;
    broker.refuse({Code::unreachable, "nobody is there"});
    Hooks hooks;
    hooks.clock = &clock;
    hooks.random = &numbers;
    hooks.transport = broker.transport();
    auto config = config_for("mqtt://127.0.0.1:1883");
    config.client_id.clear();
    auto opened = Device::open(std::move(config), std::move(hooks));
    REQUIRE(opened);
    auto& device = **opened;
    States states(device);
    REQUIRE(device.start());
    Run run;
    for (std::size_t attempt = 1; attempt <= 6; ++attempt) {
        REQUIRE(states.wait(ConnectionState::waiting, attempt));
        CHECK(broker.happened().opened.size() == attempt);
        run.delays.push_back(device.metrics().next_attempt_in);
        clock.advance(run.delays.back());
        device.clock_changed();
    }
    run.client_id = device.status().client_id;
    return run;
}

}  // namespace

TEST_CASE("with a clock and numbers of the application's own a device is repeatable") {
    const Run first = run_of(7);
    CHECK(first.client_id.substr(0, 14) == "019b76da-a800-");  // 2026-01-01T00:00:00Z, as a UUID v7 has it.
    CHECK(run_of(7) == first);
    const Run other = run_of(8);
    CHECK(other.client_id != first.client_id);
    CHECK(other.delays != first.delays);
}

TEST_CASE("what waits expires by the application's clock") {
    HandClock clock;
    MemoryBroker broker;
    broker.refuse({Code::unreachable, "nobody is there"});
    Hooks hooks;
    hooks.clock = &clock;
    hooks.transport = broker.transport();
    auto opened = Device::open(config_for("mqtt://127.0.0.1:1883"), std::move(hooks));
    REQUIRE(opened);
    auto& device = **opened;
    REQUIRE(device.start());
    PublishOptions options;
    options.durability = Durability::memory;
    options.time_to_live = 1h;
    REQUIRE(device.publish("short", "1", options));
    clock.advance(59min);
    device.clock_changed();
    CHECK_FALSE(device.wait_drained(200ms));
    clock.advance(2min);
    device.clock_changed();
    REQUIRE(device.wait_drained(20s));
    CHECK(device.status().outbox.dropped_expired == 1);
}

TEST_CASE("a device whose clock stands still stops in time") {
    HandClock clock;
    MemoryBroker broker;
    broker.leave_unanswered(true);
    Hooks hooks;
    hooks.clock = &clock;
    hooks.transport = broker.transport();
    auto opened = Device::open(config_for("mqtt://127.0.0.1:1883"), std::move(hooks));
    REQUIRE(opened);
    REQUIRE((*opened)->start());
    REQUIRE((*opened)->publish("a", "1"));
    const auto begin = std::chrono::steady_clock::now();
    (*opened)->stop(100ms);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    CHECK(broker.happened().is_destroyed);
}

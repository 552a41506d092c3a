// SPDX-License-Identifier: Apache-2.0
// What a device makes of a broker that falls silent, sends it elsewhere, or lets another one in with its name.
#include "../device/devices.hpp"
#include "base/files.hpp"
#include "faulty_broker.hpp"

#include <muster/device.hpp>

#include <chrono>

namespace muster::test {
namespace {

using Clock = std::chrono::steady_clock;

/// A device of a broker, quick in everything.
struct Watched {
    explicit Watched(const FaultyBroker& broker, std::chrono::seconds keep_alive = 1s)
        : Watched(std::vector<std::string>{broker.url()}, keep_alive) {}
    explicit Watched(std::vector<std::string> endpoints, std::chrono::seconds keep_alive = 1s) {
        auto config = config_for(endpoints.front());
        config.endpoints = std::move(endpoints);
        config.keep_alive = keep_alive;
        config.username = "acme/dash";
        config.password_file = directory / "password";
        config.backoff.refused_floor = 200ms;
        config.backoff.refused_cap = 3s;
        REQUIRE(base::store_file(config.password_file, "open sesame\n", base::Access::owner_only, base::Existing::replace));
        device = open_device(std::move(config));
        states = std::make_unique<States>(*device);
        REQUIRE(device->start());
    }
    ~Watched() { device->stop(0ms); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    const TemporaryDirectory directory;
    std::unique_ptr<Device> device;
    std::unique_ptr<States> states;
};

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

TEST_CASE("stop_reading: a half-open connection is found within three keep-alives, with traffic and without") {
    const bool has_traffic = GENERATE(false, true);
    constexpr auto keep_alive = 5s;  // With shorter ones Paho's polling, once a second, counts for more.
    FaultyBroker broker;
    Watched watched(broker, keep_alive);
    REQUIRE(watched.states->wait(ConnectionState::connected));
    broker.inject(fault_of(FaultKind::stop_reading));
    const auto begin = Clock::now();
    if (has_traffic) REQUIRE(watched.device->publish("t", "x"));
    REQUIRE(watched.states->wait(ConnectionState::waiting));
    const double found_after = seconds_since(begin) / keep_alive.count();
    WARN("half open for " << found_after << " keep-alives" << (has_traffic ? ", with traffic" : ""));
    CHECK(found_after < 3.0);
}

TEST_CASE("drop_acknowledgements: a broker that answers pings only is told as degraded, and left") {
    FaultyBroker broker;
    Watched watched(broker);
    REQUIRE(watched.states->wait(ConnectionState::connected));
    Fault fault = fault_of(FaultKind::drop_acknowledgements);
    fault.times = 1;
    broker.inject(fault);
    REQUIRE(watched.device->publish("t", "x"));
    REQUIRE(watched.states->wait(ConnectionState::degraded));
    REQUIRE(watched.states->wait(ConnectionState::waiting));
    CHECK(watched.device->wait_drained(20s).ok());
    CHECK(watched.device->status().outbox.delivered == 1);
}

TEST_CASE("redirect: a device connects where it is sent, and messages go there") {
    FaultyBroker here;
    FaultyBroker there;
    Fault fault = fault_of(FaultKind::redirect);
    fault.server_reference = there.url().substr(there.url().find("//") + 2);
    here.inject(fault);
    Watched watched(here);
    REQUIRE(watched.states->wait(ConnectionState::connected));
    CHECK(watched.device->status().endpoint == there.url());
    REQUIRE(watched.device->publish("t", "x"));
    CHECK(watched.device->wait_drained(20s).ok());
}

TEST_CASE("outage: the next endpoint takes over within a keep-alive") {
    FaultyBroker first;
    FaultyBroker second;
    Watched watched({first.url(), second.url()});
    REQUIRE(watched.states->wait(ConnectionState::connected));
    Fault fault = fault_of(FaultKind::outage);
    fault.duration = 60s;
    const auto begin = Clock::now();
    first.inject(fault);
    REQUIRE(watched.states->wait(ConnectionState::connected, 2));
    CHECK(watched.device->status().endpoint == second.url());
    CHECK(seconds_since(begin) < 10.0);  // Of 60 s, as in the field; the delays are those of the field's shape, but shorter.
}

TEST_CASE("two devices with one client id fight once a collision, less and less often, and say what to do") {
    FaultyBroker broker;
    Watched one(broker);
    REQUIRE(one.states->wait(ConnectionState::connected));
    Watched other(broker);
    REQUIRE(other.states->wait(ConnectionState::connected));
    REQUIRE(one.states->wait(ConnectionState::refused, 3));
    REQUIRE(other.states->wait(ConnectionState::refused, 2));
    std::size_t takeovers = 0;
    for (const auto* watched : {&one, &other}) {
        for (const auto& [state, status] : watched->states->seen()) {
            if (state != ConnectionState::refused) continue;
            ++takeovers;
            REQUIRE(status.last_error);
            CHECK(status.last_error->code() == Code::taken_over);
            CHECK_THAT(status.last_error->hint(), Catch::Contains("client id of its own"));
        }
    }
    // Whoever is thrown out waits first: each takeover is one connect of the other, never a burst.
    const auto connects = one.device->status().connects + other.device->status().connects;
    CHECK(connects <= takeovers + 2);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// What connections cost: memory while they idle, time when all come at once.
#include "load/fleet.hpp"
#include "process_usage.hpp"
#include "work.hpp"

#include <stdexcept>

namespace muster::bench {
namespace {

constexpr std::chrono::seconds patience{600};

std::unique_ptr<fleet::Fleet> open_fleet(fleet::Plan plan) {
    auto opened = fleet::Fleet::open(std::move(plan));
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
}

std::unique_ptr<fleet::Fleet> open_storm_of_guests(const Server& server, std::uint32_t connections) {
    fleet::Plan plan;
    plan.target.port = server.port();
    plan.publishers = {connections, Qos::at_most_once, &Server::guest};
    plan.connecting_at_once = 0;
    return open_fleet(std::move(plan));
}

/// Idle devices are there because they wait for something.
std::unique_ptr<fleet::Fleet> open_waiting(const Server& server, const Bench& bench, std::uint32_t connections) {
    fleet::Plan plan = plan_of_devices(server, bench, 0);
    plan.subscribers = {connections, Qos::at_least_once, [&server](std::uint32_t number) { return server.waiting_device(number); }};
    return open_fleet(std::move(plan));
}

fleet::Connected connect(fleet::Fleet& fleet, ServerKind kind) {
    auto connected = fleet.connect(patience);
    if (!connected) throw std::runtime_error(name_of(kind) + ": " + connected.error().message());
    return *connected;
}

/// With a server of its own in every round: what a server has once allocated it keeps.
class IdlePlay final : public Play {
public:
    IdlePlay(const Idle& idle, ServerKind kind, const Bench& bench) : idle_(idle), kind_(kind), bench_(bench) {}

    Metrics round() override {
        const Server server(kind_, bench_, idle_.security);
        // What the first connections bring into memory belongs to none of the others.
        const auto first = open_waiting(server, bench_, 1);
        connect(*first, kind_);
        first->stop();
        const auto before = resident_bytes(server.pid());
        const auto fleet = open_waiting(server, bench_, idle_.connections);
        connect(*fleet, kind_);
        const auto after = resident_bytes(server.pid());
        return {{bytes_per_connection, (static_cast<double>(after) - static_cast<double>(before)) / idle_.connections},
                {"MB in all", static_cast<double>(after) / 1e6}};
    }

private:
    Idle idle_;
    ServerKind kind_;
    const Bench& bench_;
};

class StormPlay final : public Play {
public:
    StormPlay(std::uint32_t connections, ServerKind kind, const Bench& bench) : connections_(connections), server_(kind, bench) {}

    Metrics round() override {
        const auto fleet = open_storm_of_guests(server_, connections_);
        const auto used_before = processor_time(server_.pid());
        const std::chrono::duration<double> elapsed = connect(*fleet, server_.kind()).duration;
        const std::chrono::duration<double, std::micro> used = processor_time(server_.pid()) - used_before;
        fleet->stop();
        const auto times = fleet->connect_times();
        const auto milliseconds = [&](double percent) {
            return std::chrono::duration<double, std::milli>(times.percentile(percent)).count();
        };
        return {{connects_per_second, connections_ / elapsed.count()},
                {"p50 ms", milliseconds(50)},
                {connect_p99, milliseconds(99)},
                {"CPU us/connect", used.count() / connections_}};
    }

private:
    std::uint32_t connections_;
    Server server_;
};

}  // namespace

std::unique_ptr<Play> open_idle(const Idle& idle, ServerKind kind, Bench& bench, const Scale& scale) {
    const Idle scaled{scale.of(idle.connections), idle.security};
    bench.ensure_devices(scaled.connections, kind, scaled.security);
    return std::make_unique<IdlePlay>(scaled, kind, bench);
}

std::unique_ptr<Play> open_storm(std::uint32_t connections, ServerKind kind, Bench& bench, const Scale& scale) {
    bench.ensure_devices(1, kind, Security::plain);  // For the tenants.
    return std::make_unique<StormPlay>(scale.of(connections), kind, bench);
}

}  // namespace muster::bench

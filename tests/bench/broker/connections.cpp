// SPDX-License-Identifier: Apache-2.0
// What connections cost: memory while they idle, time when all come at once.
#include "load/fleet.hpp"
#include "process_usage.hpp"
#include "work.hpp"

#include <stdexcept>

namespace muster::bench {
namespace {

constexpr std::chrono::seconds patience{600};

std::unique_ptr<fleet::Fleet> open_connections(const Server& server, std::uint32_t connections, std::uint32_t at_once) {
    fleet::Plan plan;
    plan.target.port = server.port();
    plan.publishers = {connections, Qos::at_most_once, [&server](std::uint32_t number) { return server.device(number); }};
    plan.connecting_at_once = at_once;
    auto opened = fleet::Fleet::open(std::move(plan));
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
}

fleet::Connected connect(fleet::Fleet& fleet, ServerKind kind) {
    auto connected = fleet.connect(patience);
    if (!connected) throw std::runtime_error(name_of(kind) + ": " + connected.error().message());
    return *connected;
}

/// With a server of its own in every round: what a server has once allocated it keeps.
class IdlePlay final : public Play {
public:
    IdlePlay(std::uint32_t connections, ServerKind kind, Bench& bench) : connections_(connections), kind_(kind), bench_(bench) {}

    Metrics round() override {
        const Server server(kind_, bench_);
        // What the first connections bring into memory belongs to none of the others.
        const auto first = open_connections(server, 1, 1);
        connect(*first, kind_);
        first->stop();
        const auto before = resident_bytes(server.pid());
        const auto fleet = open_connections(server, connections_, first_connections_at_once);
        connect(*fleet, kind_);
        const auto after = resident_bytes(server.pid());
        return {{bytes_per_connection, (static_cast<double>(after) - static_cast<double>(before)) / connections_},
                {"MB in all", static_cast<double>(after) / 1e6}};
    }

private:
    static constexpr std::uint32_t first_connections_at_once = 64;
    std::uint32_t connections_;
    ServerKind kind_;
    Bench& bench_;
};

class StormPlay final : public Play {
public:
    StormPlay(std::uint32_t connections, ServerKind kind, Bench& bench) : connections_(connections), server_(kind, bench) {}

    Metrics round() override {
        const auto fleet = open_connections(server_, connections_, 0);
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

std::unique_ptr<Play> open_idle(std::uint32_t connections, ServerKind kind, Bench& bench, const Scale& scale) {
    return std::make_unique<IdlePlay>(scale.of(connections), kind, bench);
}

std::unique_ptr<Play> open_storm(std::uint32_t connections, ServerKind kind, Bench& bench, const Scale& scale) {
    return std::make_unique<StormPlay>(scale.of(connections), kind, bench);
}

}  // namespace muster::bench

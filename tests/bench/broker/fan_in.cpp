// SPDX-License-Identifier: Apache-2.0
// Fan-in: the server's processor time for each message that one application received.
#include "load/fleet.hpp"
#include "process_usage.hpp"
#include "work.hpp"

#include <stdexcept>
#include <thread>

namespace muster::bench {
namespace {

constexpr std::chrono::seconds patience{600};
constexpr std::chrono::seconds drain_patience{10};

class FanInPlay final : public Play {
public:
    FanInPlay(const FanIn& fan_in, ServerKind kind, const Bench& bench, const Scale& scale)
        : fan_in_(fan_in), scale_(scale), server_(kind, bench) {}

    Metrics round() override {
        if (!fleet_) connect();
        fleet_->begin();
        Metrics metrics = measure();
        const fleet::Totals totals = stop_sending();
        metrics.emplace_back("lost", static_cast<double>(totals.sent - totals.unique));
        metrics.emplace_back("repeated", static_cast<double>(totals.repeated + totals.foreign));
        // Several servers' connections at once would be more than a process may have open.
        if (scale_.of(fan_in_.publishers) > most_kept) fleet_.reset();
        return metrics;
    }

private:
    static constexpr std::uint32_t most_kept = 2'000;

    void connect() {
        fleet::Plan plan;
        plan.target.port = server_.port();
        plan.publishers = {scale_.of(fan_in_.publishers), fan_in_.qos, [this](std::uint32_t number) { return server_.device(number); }};
        plan.subscribers = {1, fan_in_.qos, [this](std::uint32_t number) { return server_.application(number); }};
        plan.messages_per_write = fan_in_.messages_per_write;
        plan.window = fan_in_.messages_per_write * scale_.window;
        auto opened = fleet::Fleet::open(std::move(plan));
        if (!opened) throw std::runtime_error(opened.error().message());
        fleet_ = std::move(*opened);
        if (const auto connected = fleet_->connect(patience); !connected)
            throw std::runtime_error(name_of(server_.kind()) + ": " + connected.error().message());
    }

    Metrics measure() {
        std::this_thread::sleep_for(scale_.warm_up);
        const auto start = std::chrono::steady_clock::now();
        const auto used_before = processor_time(server_.pid());
        const std::uint64_t unique_before = fleet_->totals().unique;
        std::this_thread::sleep_for(scale_.measured);
        const double messages = static_cast<double>(fleet_->totals().unique - unique_before);
        const std::chrono::duration<double, std::micro> used = processor_time(server_.pid()) - used_before;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {{cpu_per_message, used.count() / messages},
                {"messages/s", messages / elapsed.count()},
                {"processor %", used.count() / elapsed.count() / 1e4}};
    }

    fleet::Totals stop_sending() {
        fleet_->drain(drain_patience);
        if (const auto why = fleet_->first_failure(); !why.empty()) throw std::runtime_error(name_of(server_.kind()) + ": " + why);
        return fleet_->totals();
    }

    FanIn fan_in_;
    Scale scale_;
    Server server_;
    std::unique_ptr<fleet::Fleet> fleet_;
};

}  // namespace

std::unique_ptr<Play> open_fan_in(const FanIn& fan_in, ServerKind kind, Bench& bench, const Scale& scale) {
    bench.ensure_devices(scale.of(fan_in.publishers), kind, Security::plain);
    return std::make_unique<FanInPlay>(fan_in, kind, bench, scale);
}

}  // namespace muster::bench

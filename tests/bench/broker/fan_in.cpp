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
    FanInPlay(const FanIn& fan_in, ServerKind kind, const Bench& bench, const Scale& scale) : scale_(scale), server_(kind, bench) {
        fleet::Plan plan;
        plan.target.port = server_.port();
        plan.publishers = {scale.of(fan_in.publishers), fan_in.qos, [this](std::uint32_t number) { return server_.device(number); }};
        plan.subscribers = {1, fan_in.qos, [this](std::uint32_t number) { return server_.application(number); }};
        plan.messages_per_write = fan_in.messages_per_write;
        plan.window = fan_in.window;
        auto opened = fleet::Fleet::open(std::move(plan));
        if (!opened) throw std::runtime_error(opened.error().message());
        fleet_ = std::move(*opened);
        if (const auto connected = fleet_->connect(patience); !connected)
            throw std::runtime_error(name_of(kind) + ": " + connected.error().message());
    }

    Metrics round() override {
        fleet_->begin();
        std::this_thread::sleep_for(scale_.warm_up);
        const auto start = std::chrono::steady_clock::now();
        const auto used_before = processor_time(server_.pid());
        const std::uint64_t unique_before = fleet_->totals().unique;
        std::this_thread::sleep_for(scale_.measured);
        const double messages = static_cast<double>(fleet_->totals().unique - unique_before);
        const std::chrono::duration<double, std::micro> used = processor_time(server_.pid()) - used_before;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        fleet_->drain(drain_patience);
        const fleet::Totals totals = fleet_->totals();
        if (const auto why = fleet_->first_failure(); !why.empty()) throw std::runtime_error(name_of(server_.kind()) + ": " + why);
        return {{cpu_per_message, used.count() / messages},
                {"messages/s", messages / elapsed.count()},
                {"processor %", used.count() / elapsed.count() / 1e4},
                {"lost", static_cast<double>(totals.sent - totals.unique)},
                {"repeated", static_cast<double>(totals.repeated + totals.foreign)}};
    }

private:
    Scale scale_;
    Server server_;
    std::unique_ptr<fleet::Fleet> fleet_;
};

}  // namespace

std::unique_ptr<Play> open_fan_in(const FanIn& fan_in, ServerKind kind, Bench& bench, const Scale& scale) {
    bench.ensure_devices(scale.of(fan_in.publishers));
    return std::make_unique<FanInPlay>(fan_in, kind, bench, scale);
}

}  // namespace muster::bench

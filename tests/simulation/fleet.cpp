// SPDX-License-Identifier: Apache-2.0
// A fleet in its weather.
#include "fleet.hpp"

#include <algorithm>
#include <string>

namespace muster::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// More events than this without time passing is a loop.
constexpr std::uint64_t busy_limit = 100'000;
// Smaller fleets say nothing about storms: chance is larger than their even share.
constexpr std::size_t fleet_size = 50;
// A thousand devices queue at the broker, wait out their delays, and send what has been waiting.
constexpr minutes patience{40};

}  // namespace

Totals& Totals::operator+=(const Totals& other) {
    devices += other.devices;
    steps += other.steps;
    offered += other.offered;
    received += other.received;
    duplicates += other.duplicates;
    connects += other.connects;
    takeovers += other.takeovers;
    trials += other.trials;
    refused_for_now += other.refused_for_now;
    storms += other.storms;
    return *this;
}

bool operator==(const Totals& a, const Totals& b) {
    const auto all = [](const Totals& it) {
        return std::vector<std::uint64_t>{it.devices,  it.steps,     it.offered, it.received,        it.duplicates,
                                          it.connects, it.takeovers, it.trials,  it.refused_for_now, it.storms};
    };
    return all(a) == all(b);
}

Fleet::Fleet(std::uint64_t seed, bool is_traced)
    : world_(seed, is_traced),
      clock_(world_.timeline),
      climate_(Climate::draw(world_.chance)),
      broker_(world_, climate_),
      network_(world_, climate_, broker_) {
    const Common common{world_, climate_, network_, storm_, backoff()};
    for (std::size_t i = 0; i < climate_.devices; ++i) {
        const bool is_clone = i > 0 && i >= climate_.devices - climate_.clones;
        devices_.push_back(std::make_unique<Device>(common, i + 1, is_clone ? 1 : i + 1));
    }
}

BackoffConfig Fleet::backoff() const {
    BackoffConfig backoff;
    backoff.base = milliseconds(500);
    backoff.cap = seconds(30);
    backoff.timeout_cap = seconds(120);
    backoff.refused_cap = seconds(climate_.clones > 0 ? 600 : 120);
    backoff.first_attempt = seconds(climate_.devices >= fleet_size ? 30 : 5);
    backoff.refused_floor = seconds(20);
    backoff.min_stable = seconds(60);
    return backoff;
}

std::optional<Verdict> Fleet::run() {
    begin();
    const bool stops_early = world_.chance.happens(30);
    const auto lasts = stops_early ? world_.chance.up_to(climate_.lasts) : climate_.lasts;
    run_until(world_.now() + lasts, [] { return false; });
    heal();
    finish();
    return world_.verdict();
}

void Fleet::begin() {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        devices_[i]->boot();
        begin_weather(i);
    }
    every(climate_.restart_interval, [this] {
        const auto node = world_.chance.draw(Broker::nodes - 1);
        broker_.restart(node, world_.chance.up_to(minutes(3)), network_);
    });
    // An hour or ten years, either way.
    every(climate_.wall_jump_interval, [this] {
        const seconds by = world_.chance.happens(50) ? seconds(3'600) : seconds(315'360'000);
        clock_.jump(world_.chance.happens(50) ? by : -by);
        world_.note(0, "the wall clock jumps");
    });
    if (climate_.common_outage.count() > 0) plan_common_outage();
}

// Until the weather is good.
void Fleet::every(milliseconds interval, std::function<void()> happens) {
    if (interval.count() == 0) return;
    world_.timeline.later(world_.chance.around(interval), [this, interval, again = std::move(happens)] {
        if (is_healed_) return;
        again();
        every(interval, again);
    });
}

void Fleet::begin_weather(std::size_t index) {
    auto* device = devices_[index].get();
    auto& chance = world_.chance;
    every(climate_.publish_interval,
          [this, device, &chance] { device->publish(chance.happens(climate_.bursts) ? chance.between(1, 40) : 1); });
    every(climate_.crash_interval, [this, index, &chance] {
        devices_[index]->crash(chance.happens(50));
        go_down(index);
    });
    every(climate_.stop_interval, [this, index, device, &chance] {
        device->stop(chance.up_to(seconds(10)));
        go_down(index);
    });
    every(climate_.disk_trouble_interval, [this, index] { trouble_disk(index); });
    every(climate_.candidate_interval, [device] { device->try_candidate(); });
    every(climate_.subscribe_interval, [device, &chance] { device->subscribe("f" + std::to_string(chance.draw(5))); });
    every(climate_.offline_interval, [this, index, &chance] {
        network_.set_offline(index + 1, true);
        world_.timeline.later(chance.up_to(minutes(10)), [this, index] { network_.set_offline(index + 1, false); });
    });
    every(climate_.denied_interval, [this, index, &chance] { broker_.deny(index + 1, chance.up_to(minutes(3))); });
}

void Fleet::go_down(std::size_t index) {
    world_.timeline.later(seconds(12) + world_.chance.up_to(minutes(1)), [this, index] {
        if (!is_healed_) devices_[index]->boot();
    });
}

void Fleet::trouble_disk(std::size_t index) {
    const bool fails = world_.chance.happens(50);
    devices_[index]->set_disk_trouble(fails ? Disk::Trouble::fails : Disk::Trouble::is_full);
    world_.timeline.later(world_.chance.up_to(minutes(2)), [this, index] { devices_[index]->set_disk_trouble(Disk::Trouble::none); });
}

void Fleet::plan_common_outage() {
    const auto begins = minutes(5) + world_.chance.up_to(minutes(2));
    const auto outage = climate_.common_outage;
    world_.timeline.later(begins, [this, outage] {
        if (is_healed_) return;
        for (std::size_t node = 0; node < Broker::nodes; ++node) broker_.restart(node, outage, network_);
    });
    world_.timeline.later(begins + outage, [this] { storm_.outage_is_over(world_.now()); });
    const auto judged = begins + outage + 2 * ReconnectJudge::longest(backoff());
    world_.timeline.later(judged, [this, outage] { judge_storm(outage); });
}

void Fleet::judge_storm(milliseconds outage) {
    // Delays double: what was waited for the last time is about as long as all before it.
    const auto spread = std::min(backoff().cap, outage) / 2;
    world_.note(0, "peak of attempts in 100 ms after the outage", storm_.peak());
    world_.require(storm_.peak() <= StormMeter::bound(devices_.size(), spread), Promise::storm, 0, "a fleet comes back in step");
    ++storms_;
}

void Fleet::heal() {
    world_.note(0, "the weather is good");
    is_healed_ = true;
    network_.heal();
    broker_.heal();
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        network_.set_offline(i + 1, false);
        devices_[i]->set_disk_trouble(Disk::Trouble::none);
        if (is_clone(i)) {
            devices_[i]->crash(false);
        } else {
            // One that is being stopped is started again when it is down.
            const std::function<void()> boot = [this, i] { devices_[i]->boot(); };
            world_.timeline.later(world_.chance.up_to(seconds(5)), boot);
            world_.timeline.later(seconds(25), boot);
            if (climate_.disk_trouble_interval.count() > 0) world_.timeline.later(seconds(26), [this, i] { trouble_disk_once_more(i); });
        }
    }
}

// Just when it is to let go of the last message: nothing comes afterwards that would make it try again.
void Fleet::trouble_disk_once_more(std::size_t index) {
    devices_[index]->publish(1);
    const auto fails = world_.chance.up_to(milliseconds(500));
    world_.timeline.later(fails, [this, index] { devices_[index]->set_disk_trouble(Disk::Trouble::fails); });
    world_.timeline.later(fails + world_.chance.up_to(seconds(5)),
                          [this, index] { devices_[index]->set_disk_trouble(Disk::Trouble::none); });
}

void Fleet::finish() {
    const auto begins = world_.now();
    run_until(begins + seconds(40), [] { return false; });
    if (world_.chance.happens(30)) {
        for (std::size_t i = 0; i < devices_.size(); ++i) devices_[i]->stop(patience);
        run_until(begins + patience + seconds(20), [this] {
            return std::none_of(devices_.begin(), devices_.end(), [](const auto& device) { return device->is_running(); });
        });
    }
    run_until(begins + patience, [this] { return is_drained(); });
    for (std::size_t i = 0; i < devices_.size() && !world_.verdict(); ++i) {
        if (!is_clone(i)) devices_[i]->check_drained();
    }
}

void Fleet::run_until(SteadyTime end, const std::function<bool()>& is_enough) {
    for (std::uint64_t steps = 0; !world_.verdict(); ++steps) {
        if (steps % 64 == 0 && is_enough()) return;
        if (!world_.timeline.step_until(end)) return;
        world_.require(world_.timeline.steps_at_this_moment() < busy_limit, Promise::progress, 0, "it is busy without time passing");
    }
}

bool Fleet::is_drained() const {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (!is_clone(i) && !(devices_[i]->is_drained())) return false;
    }
    return true;
}

Totals Fleet::totals() const {
    Totals totals;
    totals.devices = devices_.size();
    totals.steps = world_.timeline.steps();
    totals.takeovers = broker_.takeovers();
    totals.refused_for_now = network_.refused_for_now();
    totals.storms = storms_;
    for (const auto& device : devices_) {
        totals.offered += device->ledger().offered();
        totals.received += device->ledger().distinct_received();
        totals.duplicates += device->ledger().duplicates();
        totals.connects += device->connects();
        totals.trials += device->trials();
    }
    return totals;
}

}  // namespace muster::test

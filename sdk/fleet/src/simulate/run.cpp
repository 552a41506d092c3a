// SPDX-License-Identifier: Apache-2.0
// A simulation from its plan to its account.
#include "load/open_files.hpp"
#include "simulate/account.hpp"
#include "simulate/full_fleet.hpp"
#include "simulate/light_fleet.hpp"
#include "simulate/observer.hpp"
#include "simulate/timeline.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds look_every{50};
constexpr milliseconds goodbye{500};
// How long the observer may see nothing new before what is missing counts as missing.
constexpr milliseconds quiet_time{3'000};
constexpr std::size_t most_faults = 100;
// Its outbox, lock and logs of it, its sockets, and both ends of its way through the gateway.
constexpr std::uint64_t files_of_full_device = 16;

nanoseconds cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec); };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

/// One run. Threads: the calling one, beside those of the fleet and the observer.
class Simulation {
public:
    Simulation(const SimulationPlan& plan, const std::atomic<SimulationStop>& stop, const SimulationProgress& progress)
        : plan_(plan), stop_(stop), progress_(progress) {}

    Result<SimulationResult> play();

private:
    [[nodiscard]] SimulationStop stop() const { return stop_.load(std::memory_order_relaxed); }
    Result<void> open_fleet();
    void run();
    void step(base::SteadyTime now);
    void drain();
    void await_observer();
    void report(base::SteadyTime now);
    void sum_up();

    const SimulationPlan& plan_;
    const std::atomic<SimulationStop>& stop_;
    const SimulationProgress& progress_;
    std::unique_ptr<Observer> observer_;
    std::unique_ptr<LightFleet> rivals_;
    std::unique_ptr<SimulatedFleet> fleet_;
    std::vector<TimelineStep> steps_;
    std::size_t next_step_ = 0;
    Gate end_;
    base::SteadyTime started_;
    base::SteadyTime next_report_;
    SimulationResult result_;
};

void Simulation::report(base::SteadyTime now) {
    if (now < next_report_) return;
    while (next_report_ <= now) next_report_ += plan_.report_interval;
    if (!progress_) return;
    SimulationInterval interval;
    interval.end = std::chrono::duration_cast<milliseconds>(now - started_);
    fleet_->add_to(interval);
    if (observer_) interval.observed = observer_->sightings().unique();
    progress_(interval);
}

void Simulation::step(base::SteadyTime now) {
    for (; next_step_ < steps_.size() && started_ + steps_[next_step_].at <= now; ++next_step_) {
        const TimelineStep& one = steps_[next_step_];
        switch (one.kind) {
            case StepKind::cut:
                fleet_->cut(one.devices, plan_.outages[one.event].is_silent);
                result_.cut_off += one.devices.size();
                break;
            case StepKind::restore:
                fleet_->restore(one.devices, plan_.outages[one.event].is_silent);
                break;
            case StepKind::appear:
                rivals_->appear(one.devices, plan_.rivals[one.event].comes_back);
                break;
            case StepKind::leave:
                rivals_->leave(one.devices);
                break;
        }
    }
}

Result<void> Simulation::open_fleet() {
    if (!plan_.rivals.empty()) {
        auto rivals = LightFleet::open(plan_, true);
        if (!rivals) return std::move(rivals).error().in("rivals");
        rivals_ = std::move(*rivals);
    }
    if (plan_.kind == SimulatedKind::light) {
        auto fleet = LightFleet::open(plan_, false);
        if (!fleet) return std::move(fleet).error();
        fleet_ = std::move(*fleet);
        return {};
    }
    auto fleet = FullFleet::open(plan_);
    if (!fleet) return std::move(fleet).error();
    fleet_ = std::move(*fleet);
    return {};
}

void Simulation::run() {
    started_ = std::chrono::steady_clock::now();
    next_report_ = started_ + plan_.report_interval;
    fleet_->begin(started_, end_);
    const auto until = started_ + plan_.duration;
    for (auto now = started_; now < until && stop() == SimulationStop::none; now = std::chrono::steady_clock::now()) {
        step(now);
        const auto next = next_step_ < steps_.size() ? started_ + steps_[next_step_].at : until;
        end_.wait_until(std::min({until, next_report_, next, now + look_every}));
        report(std::chrono::steady_clock::now());
    }
    result_.interrupted = stop() != SimulationStop::none;
    end_.open();
    fleet_->end_feeding();
    // What waits is sent in peace.
    fleet_->restore_all();
    if (rivals_) rivals_->stop(milliseconds(0));
}

void Simulation::drain() {
    const auto until = std::chrono::steady_clock::now() + plan_.drain;
    fleet_->drain([&] {
        const auto now = std::chrono::steady_clock::now();
        report(now);
        return stop() == SimulationStop::at_once || now >= until;
    });
}

// What was acknowledged may still be on its way to the observer.
void Simulation::await_observer() {
    const auto is_all_there = [&] {
        for (std::uint32_t number = 0; number < plan_.devices.size(); ++number) {
            if (observer_->sightings().of(number).unique < fleet_->account(number).messages.delivered) return false;
        }
        return true;
    };
    std::uint64_t last = 0;
    auto changed = std::chrono::steady_clock::now();
    Gate never;
    while (!is_all_there() && stop() != SimulationStop::at_once) {
        const auto now = std::chrono::steady_clock::now();
        if (const std::uint64_t seen = observer_->sightings().received(); seen != last) {
            last = seen;
            changed = now;
        }
        if (now - changed > quiet_time) return;
        never.wait_until(now + look_every);
    }
}

void Simulation::sum_up() {
    result_.devices = static_cast<std::uint32_t>(plan_.devices.size());
    result_.is_observed = observer_ != nullptr;
    for (std::uint32_t number = 0; number < plan_.devices.size(); ++number) {
        SimulationAccount account = fleet_->account(number);
        if (observer_) {
            const auto seen = observer_->sightings().of(number);
            account.unique = seen.unique;
            account.repeated = seen.repeated;
            account.unique_unsafe = seen.unique_unsafe;
            const Missing missing = missing_of(account);
            result_.missing += missing.safe;
            result_.missing_unsafe += missing.unsafe;
        }
        result_.total += account;
        if (account.connects == 0) ++result_.never_connected;
        for (auto& fault : faults_of(plan_.devices[number].client_id, account, result_.is_observed)) {
            result_.unaccounted += fault.count;
            ++result_.fault_count;
            if (result_.faults.size() < most_faults) result_.faults.push_back(std::move(fault));
        }
        const DeviceEnd end = fleet_->end_of(number);
        for (std::size_t code = 0; code < result_.refusals.by_code.size(); ++code) {
            result_.refusals.by_code[code] += end.refusals.by_code[code];
            result_.failed_attempts.by_code[code] += end.failed_attempts.by_code[code];
            result_.lost_connections.by_code[code] += end.lost_connections.by_code[code];
        }
        if (!result_.first_failure && end.last_error && end.last_error->code() != Code::stopped) result_.first_failure = end.last_error;
    }
    if (rivals_) {
        for (std::uint32_t number = 0; number < plan_.devices.size(); ++number) result_.rivals += rivals_->account(number).connects;
    }
    if (!observer_) return;
    result_.received = observer_->sightings().received();
    result_.foreign = observer_->sightings().foreign();
}

Result<SimulationResult> Simulation::play() {
    const auto cpu_before = cpu_time();
    const auto begin = std::chrono::steady_clock::now();
    if (plan_.observer) {
        auto observer = Observer::start(plan_, [this] { return stop() != SimulationStop::none; });
        if (!observer) return std::move(observer).error();
        observer_ = std::move(*observer);
    }
    steps_ = timeline_of(plan_);
    if (auto opened = open_fleet(); !opened) return std::move(opened).error();
    result_.starting = std::chrono::steady_clock::now() - begin;
    run();
    const auto ran = std::chrono::steady_clock::now();
    result_.running = ran - started_;
    if (stop() != SimulationStop::at_once) drain();
    // A device that says goodbye sends what waits: no longer than the plan waits for it.
    fleet_->stop(stop() == SimulationStop::at_once ? milliseconds(0) : std::min(goodbye, plan_.drain));
    if (observer_) await_observer();
    result_.draining = std::chrono::steady_clock::now() - ran;
    sum_up();
    result_.cpu = cpu_time() - cpu_before;
    return std::move(result_);
}

}  // namespace

Result<SimulationResult> run_simulation(const SimulationPlan& plan, const std::atomic<SimulationStop>& stop,
                                        const SimulationProgress& progress) {
    if (auto checked = check(plan); !checked) return std::move(checked).error();
    const bool is_full = plan.kind == SimulatedKind::full;
    const std::uint64_t files =
        plan.devices.size() * (is_full ? files_of_full_device : 1) + (plan.rivals.empty() ? 0 : plan.devices.size());
    const std::string who = std::to_string(plan.devices.size()) + (is_full ? " full" : " light") + " devices";
    if (auto allowed = allow_more_open_files(files, who); !allowed) return std::move(allowed).error();
    return Simulation(plan, stop, progress).play();
}

}  // namespace muster::fleet

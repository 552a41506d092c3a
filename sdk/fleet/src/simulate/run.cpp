// SPDX-License-Identifier: Apache-2.0
// A simulation from its plan to its account.
#include "load/open_files.hpp"
#include "simulate/account.hpp"
#include "simulate/groups.hpp"
#include "simulate/light_fleet.hpp"
#include "simulate/mixed_fleet.hpp"
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
    Result<void> open_all();
    void run();
    void step(base::SteadyTime now);
    void drain();
    void await_observer();
    void report(base::SteadyTime now);
    void sum_up();
    void add_device(std::uint32_t number, SimulationFigures& figures);

    const SimulationPlan& plan_;
    const std::atomic<SimulationStop>& stop_;
    const SimulationProgress& progress_;
    std::unique_ptr<Observer> observer_;
    std::unique_ptr<LightFleet> rivals_;
    std::unique_ptr<SimulatedFleet> fleet_;
    std::vector<TimelineStep> steps_;
    std::size_t next_step_ = 0;
    std::vector<std::uint64_t> cut_off_;  // By device.
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
                for (const auto device : one.devices) ++cut_off_[device];
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

Result<void> Simulation::open_all() {
    if (!plan_.rivals.empty()) {
        auto rivals = LightFleet::open(plan_, {true, 0});
        if (!rivals) return std::move(rivals).error().in("rivals");
        rivals_ = std::move(*rivals);
    }
    auto fleet = open_fleet(plan_);
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

void Simulation::add_device(std::uint32_t number, SimulationFigures& figures) {
    SimulationAccount account = fleet_->account(number);
    if (observer_) {
        const auto seen = observer_->sightings().of(number);
        account.unique = seen.unique;
        account.repeated = seen.repeated;
        account.unique_unsafe = seen.unique_unsafe;
        const Missing missing = missing_of(account);
        figures.missing += missing.safe;
        figures.missing_unsafe += missing.unsafe;
    }
    ++figures.devices;
    figures.total += account;
    figures.cut_off += cut_off_[number];
    if (rivals_) figures.rivals += rivals_->account(number).connects;
    if (account.connects == 0) ++figures.never_connected;
    for (auto& fault : faults_of(plan_.devices[number].client_id, account, result_.is_observed)) {
        figures.unaccounted += fault.count;
        ++result_.fault_count;
        if (result_.faults.size() < most_faults) result_.faults.push_back(std::move(fault));
    }
    const DeviceEnd end = fleet_->end_of(number);
    add(figures.refusals, end.refusals);
    add(figures.failed_attempts, end.failed_attempts);
    add(figures.lost_connections, end.lost_connections);
    if (!result_.first_failure && end.last_error && end.last_error->code() != Code::stopped) result_.first_failure = end.last_error;
}

void Simulation::sum_up() {
    result_.is_observed = observer_ != nullptr;
    for (const auto& alike : alike_devices(plan_)) {
        SimulationFigures figures;
        for (std::uint32_t number = 0; number < alike.range.count; ++number) add_device(alike.range.first + number, figures);
        result_.all += figures;
        if (!plan_.groups.empty()) result_.groups.push_back({std::string(alike.name), alike.kind, figures});
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
    cut_off_.resize(plan_.devices.size());
    if (auto opened = open_all(); !opened) return std::move(opened).error();
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
    std::uint64_t full = 0;
    for (const auto& alike : alike_devices(plan)) full += alike.kind == SimulatedKind::full ? alike.range.count : 0;
    const std::uint64_t light = plan.devices.size() - full;
    const std::uint64_t files = full * files_of_full_device + light + (plan.rivals.empty() ? 0 : plan.devices.size());
    std::string who = full > 0 ? std::to_string(full) + " full" : "";
    if (light > 0) who += (who.empty() ? "" : " and ") + std::to_string(light) + " light";
    if (auto allowed = allow_more_open_files(files, who + " devices"); !allowed) return std::move(allowed).error();
    return Simulation(plan, stop, progress).play();
}

}  // namespace muster::fleet

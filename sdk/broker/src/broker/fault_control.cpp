// SPDX-License-Identifier: Apache-2.0
// Injects faults, ends them in time and plays scenarios.
#include "broker/fault_control.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace muster::testbroker {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds shortest_absence{1};  // A restart without a duration.

bool is_absence(FaultKind kind) {
    return kind == FaultKind::outage || kind == FaultKind::restart;
}

std::chrono::milliseconds length_of(const Fault& absence) {
    return std::max(absence.duration, shortest_absence);
}

}  // namespace

FaultControl::FaultControl(asio::io_context& io, const base::Clock& clock, bool is_allowed, LogSink log, FaultEffects effects)
    : io_(io), clock_(clock), is_allowed_(is_allowed), log_(std::move(log)), effects_(std::move(effects)), timer_(io) {}

Result<void> FaultControl::check_allowed() const {
    if (is_allowed_) return {};
    return Error{Code::denied, "faults are refused on an address that others reach", "allow them by name with --allow-public-faults"};
}

Result<FaultId> FaultControl::inject(const Fault& fault) {
    if (auto checked = check(fault); !checked) return std::move(checked).error();
    if (auto allowed = check_allowed(); !allowed) return std::move(allowed).error();
    return add(fault);
}

Result<FaultId> FaultControl::add(const Fault& fault) {
    auto added = board_.add(fault, clock_.now());
    if (!added) return std::move(added).error();
    if (log_) log_(LogLevel::info, "fault " + std::to_string((*added)->id) + ": " + std::string(name_of(fault.kind)));
    effects_.tell(**added, false);
    if (is_absence(fault.kind)) {
        if ((*added)->strikes(0, 0)) {
            absences_.with([&](Absences& absences) { absences.push_back({*added}); });
        } else {
            effects_.tell(**added, true);
        }
    }
    // At once if this is the io thread: who asked through the admin API is answered when it has happened.
    asio::dispatch(io_, [this, injected = *added] {
        perform(injected);
        wait_for_next();
    });
    return (*added)->id;
}

void FaultControl::perform(const std::shared_ptr<faults::InjectedFault>& fault) {
    switch (fault->fault.kind) {
        case FaultKind::outage:
        case FaultKind::restart:
            return go_away(*fault);
        case FaultKind::take_over:
            effects_.strike(fault);
            return effects_.tell(*fault, true);
        default:
            return effects_.changed();
    }
}

void FaultControl::go_away(const faults::InjectedFault& fault) {
    // One that does not strike, or was ended before it began, is not there.
    const bool begins = absences_.with([&fault](Absences& absences) {
        const auto found =
            std::find_if(absences.begin(), absences.end(), [&fault](const Absence& one) { return one.fault.get() == &fault; });
        if (found == absences.end()) return false;
        found->has_begun = true;
        return true;
    });
    if (begins) effects_.go_away(length_of(fault.fault), fault.fault.state);
}

Result<void> FaultControl::remove(FaultId id) {
    auto removed = board_.remove(id);
    tell_ended();
    const auto absence = absences_.with([id](Absences& absences) {
        const auto found = std::find_if(absences.begin(), absences.end(), [id](const Absence& one) { return one.fault->id == id; });
        if (found == absences.end()) return std::shared_ptr<faults::InjectedFault>();
        auto fault = std::move(found->fault);
        absences.erase(found);
        return fault;
    });
    if (absence) {
        effects_.tell(*absence, true);
        asio::dispatch(io_, [this] { shorten_absence(); });
        return {};
    }
    if (removed) asio::post(io_, [this] { effects_.changed(); });
    return removed;
}

admin::ClearedFaults FaultControl::clear() {
    admin::ClearedFaults cleared;
    cleared.standing = board_.clear();
    tell_ended();
    const auto absences = absences_.with([](Absences& all) { return std::exchange(all, {}); });
    for (const auto& absence : absences) effects_.tell(*absence.fault, true);
    cleared.absences = absences.size();
    // As with adding: who asked through the admin API is answered when it has happened.
    asio::dispatch(io_, [this] {
        timelines_.clear();
        shorten_absence();
        effects_.changed();
    });
    return cleared;
}

void FaultControl::shorten_absence() {
    const auto until = absences_.with([](const Absences& absences) {
        std::optional<base::SteadyTime> last;
        for (const auto& one : absences) {
            if (!one.has_begun) continue;
            const auto end = one.fault->began + length_of(one.fault->fault);
            last = last ? std::max(*last, end) : end;
        }
        return last;
    });
    effects_.return_by(until);
}

std::vector<FaultInfo> FaultControl::list() {
    board_.tidy(clock_.now());
    tell_ended();
    auto faults = board_.list(clock_.now());
    absences_.with([&faults](const Absences& absences) {
        for (auto& info : faults) {
            const auto is_it = [&info](const Absence& one) { return one.fault->id == info.id; };
            if (std::any_of(absences.begin(), absences.end(), is_it)) info.is_standing = true;
        }
    });
    return faults;
}

Result<void> FaultControl::run(Scenario scenario) {
    if (auto checked = check(scenario); !checked) return checked;
    if (auto allowed = check_allowed(); !allowed) return allowed;
    asio::post(io_, [this, timeline = faults::Timeline(std::move(scenario), clock_.now())]() mutable {
        timelines_.push_back(std::move(timeline));
        advance();
    });
    return {};
}

void FaultControl::advance() {
    const auto now = clock_.now();
    for (auto& timeline : timelines_) {
        for (const auto& fault : timeline.due(now)) {
            if (const auto added = add(fault); !added && log_) log_(LogLevel::warning, "scenario: " + added.error().message());
        }
    }
    std::erase_if(timelines_, [](const faults::Timeline& one) { return !one.next(); });
    tidy();
    wait_for_next();
}

void FaultControl::tidy() {
    const std::uint64_t version = board_.version();
    board_.tidy(clock_.now());
    if (board_.version() != version) effects_.changed();
    tell_ended();
}

void FaultControl::came_back() {
    // One that was injected meanwhile is yet to begin.
    Absences ended;
    absences_.with([&ended](Absences& absences) {
        const auto first = std::stable_partition(absences.begin(), absences.end(), [](const Absence& one) { return !one.has_begun; });
        ended.assign(std::make_move_iterator(first), std::make_move_iterator(absences.end()));
        absences.erase(first, absences.end());
    });
    for (const auto& absence : ended) effects_.tell(*absence.fault, true);
}

void FaultControl::tell_ended() {
    for (const auto& fault : board_.take_ended()) effects_.tell(*fault, true);
}

void FaultControl::wait_for_next() {
    auto next = board_.next_end();
    for (const auto& timeline : timelines_) {
        const auto due = timeline.next();
        if (due && (!next || *due < *next)) next = due;
    }
    if (!next) return;
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) advance();
    });
}

void FaultControl::close() {
    timelines_.clear();
    timer_.cancel();
}

}  // namespace muster::testbroker

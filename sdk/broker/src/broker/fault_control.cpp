// SPDX-License-Identifier: Apache-2.0
// Injects faults, ends them in time and plays scenarios.
#include "broker/fault_control.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace muster::testbroker {

namespace asio = boost::asio;

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
    // At once if this is the io thread: who asked through the admin API is answered when it has happened.
    asio::dispatch(io_, [this, injected = *added] {
        perform(injected);
        wait_for_next();
    });
    return (*added)->id;
}

void FaultControl::perform(const std::shared_ptr<faults::InjectedFault>& fault) {
    constexpr std::chrono::milliseconds shortest_absence{1};  // A restart without a duration.
    switch (fault->fault.kind) {
        case FaultKind::outage:
        case FaultKind::restart:
            if (!fault->strikes(0, 0)) return effects_.tell(*fault, true);
            absences_.push_back(fault);
            return effects_.go_away(std::max(fault->fault.duration, shortest_absence), fault->fault.state);
        case FaultKind::take_over:
            effects_.strike(fault);
            return effects_.tell(*fault, true);
        default:
            return effects_.changed();
    }
}

Result<void> FaultControl::remove(FaultId id) {
    auto removed = board_.remove(id);
    tell_ended();
    if (removed) asio::post(io_, [this] { effects_.changed(); });
    return removed;
}

std::size_t FaultControl::clear() {
    const std::size_t stood = board_.clear();
    tell_ended();
    asio::post(io_, [this] {
        timelines_.clear();
        effects_.changed();
    });
    return stood;
}

std::vector<FaultInfo> FaultControl::list() {
    board_.tidy(clock_.now());
    tell_ended();
    return board_.list(clock_.now());
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
    for (const auto& absence : std::exchange(absences_, {})) effects_.tell(*absence, true);
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

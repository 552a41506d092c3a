// SPDX-License-Identifier: Apache-2.0
// The phases of a load.
#include "load/fleet.hpp"

#include "load/worker.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace muster::fleet {
namespace {

// What a process has open beside its connections.
constexpr rlim_t other_files = 64;

// Beside what is open already, of other loads.
Result<void> allow_open_files(rlim_t connections) {
    const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
    const rlim_t wanted = connections + other_files + static_cast<rlim_t>(open);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return {};
    const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
    return Error{Code::io, "this load needs " + std::to_string(wanted) + " open files, and the limit is " + std::to_string(limit.rlim_max),
                 "raise it: ulimit -Hn " + std::to_string(wanted)};
}

}  // namespace

Fleet::Fleet(Plan plan) : plan_(std::move(plan)), board_(plan_.threads) {
    for (std::uint32_t index = 0; index < plan_.threads; ++index) workers_.push_back(std::make_unique<Worker>(plan_, index, board_));
    for (auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
}

Fleet::~Fleet() {
    stop();
}

Result<std::unique_ptr<Fleet>> Fleet::open(Plan plan) {
    if (auto checked = check(plan); !checked) return std::move(checked).error();
    if (auto allowed = allow_open_files(plan.publishers.count + plan.subscribers.count); !allowed) return std::move(allowed).error();
    return std::unique_ptr<Fleet>(new Fleet(std::move(plan)));
}

Result<void> Fleet::connect_group(Phase phase, std::uint32_t count, std::uint64_t Totals::*ready, std::chrono::milliseconds timeout) {
    board_.set_phase(phase);
    const bool in_time = board_.wait_until([&](const Totals& totals) { return totals.failed > 0 || totals.*ready == count; }, timeout);
    if (const auto why = board_.first_failure(); !why.empty()) return Error{Code::unreachable, why};
    if (in_time) return {};
    return Error{Code::timeout, std::to_string(totals().*ready) + " of " + std::to_string(count) + " connections stood in time"};
}

Result<Connected> Fleet::connect(std::chrono::milliseconds timeout) {
    auto subscribed = connect_group(Phase::connecting_subscribers, plan_.subscribers.count, &Totals::ready_subscribers, timeout);
    if (!subscribed) return std::move(subscribed).error();
    return connect_publishers(timeout);
}

Result<Connected> Fleet::reconnect(std::chrono::milliseconds timeout) {
    board_.set_phase(Phase::closing);
    const auto closed = [](const Totals& totals) { return totals.phase == Phase::closing; };
    if (!board_.wait_until(closed, timeout)) return Error{Code::timeout, "the connections were not closed in time"};
    return connect_publishers(timeout);
}

Result<Connected> Fleet::connect_publishers(std::chrono::milliseconds timeout) {
    const auto start = std::chrono::steady_clock::now();
    auto connected = connect_group(Phase::connecting_publishers, plan_.publishers.count, &Totals::ready_publishers, timeout);
    if (!connected) return std::move(connected).error();
    return Connected{plan_.publishers.count > 0 ? totals().last_ready - start : std::chrono::nanoseconds(0)};
}

void Fleet::begin() {
    board_.set_phase(Phase::running);
}

void Fleet::measure() {
    board_.measure_from(std::chrono::steady_clock::now());
}

bool Fleet::wait_until(const std::function<bool(const Totals&)>& is_done, std::chrono::milliseconds timeout) {
    return board_.wait_until(is_done, timeout);
}

bool Fleet::drain(std::chrono::milliseconds timeout) {
    board_.set_phase(Phase::draining);
    const bool acknowledges = plan_.publishers.qos != Qos::at_most_once;
    const bool receives = plan_.subscribers.count > 0;
    return board_.wait_until(
        [&](const Totals& totals) {
            return totals.phase == Phase::draining && (!acknowledges || totals.acknowledged >= totals.sent) &&
                   (!receives || totals.unique >= totals.sent);
        },
        timeout);
}

void Fleet::stop() {
    board_.set_phase(Phase::stopped);
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

Histogram Fleet::latencies() const {
    Histogram all;
    for (const auto& worker : workers_) all.merge(worker->latencies());
    return all;
}

Histogram Fleet::connect_times() const {
    Histogram all;
    for (const auto& worker : workers_) all.merge(worker->connect_times());
    return all;
}

}  // namespace muster::fleet

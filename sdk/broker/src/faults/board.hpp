// SPDX-License-Identifier: Apache-2.0
// The list of faults that all shards share: what was injected, what still stands, how often each struck.
#pragma once

#include "base/clock.hpp"

#include <muster/testbroker/faults.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace muster::testbroker::faults {

/// The client that an opportunity concerns; empty while it is unknown.
struct Client {
    std::string_view tenant;
    std::string_view client_id;
};

/// One injected fault. What does not change is public; the counters are shared by all shards. Threads: any.
class InjectedFault {
public:
    InjectedFault(FaultId id, const Fault& fault, base::SteadyTime now);

    [[nodiscard]] bool concerns(const Client& client) const;
    [[nodiscard]] bool is_over(base::SteadyTime now) const { return (ends && now >= *ends) || (!is_holding_ && is_used_up()); }
    /// The n-th opportunity of its client: whether chance wants the fault to strike. Counts the opportunity.
    [[nodiscard]] bool draws(std::uint64_t client_hash, std::uint64_t n);
    /// It strikes, and that is counted; false once `times` are used up.
    [[nodiscard]] bool claim();
    [[nodiscard]] bool strikes(std::uint64_t client_hash, std::uint64_t n) { return draws(client_hash, n) && claim(); }
    [[nodiscard]] FaultInfo info(base::SteadyTime now, bool is_standing) const;

    const FaultId id;
    const Fault fault;
    const base::SteadyTime began;
    const std::optional<base::SteadyTime> ends;

private:
    [[nodiscard]] bool is_used_up() const { return fault.times != 0 && applied_.load(std::memory_order_relaxed) >= fault.times; }

    const bool is_holding_;
    std::atomic<std::uint64_t> considered_{0};
    std::atomic<std::uint64_t> applied_{0};
};

/// Threads: any.
class Board {
public:
    /// So many may stand; so many that are over stay in the list.
    static constexpr std::size_t most_standing = 1'000;
    static constexpr std::size_t most_over = 1'000;

    /// The fault must have been checked. One that lasts stands from now on; any other is in the list, but over.
    /// Fails with Code::full.
    Result<std::shared_ptr<InjectedFault>> add(const Fault& fault, base::SteadyTime now);
    /// Fails with Code::not_found.
    Result<void> remove(FaultId id);
    /// All, also those that are over. Returns how many stood.
    std::size_t clear();
    /// In the order of their ids.
    [[nodiscard]] std::vector<FaultInfo> list(base::SteadyTime now) const;
    /// What is over by time or count stands no more.
    void tidy(base::SteadyTime now);

    /// No fault stands: the one question on the way of every packet.
    [[nodiscard]] bool is_quiet() const noexcept { return is_quiet_.load(std::memory_order_relaxed); }
    /// Another number whenever the list of standing faults is another.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    [[nodiscard]] std::vector<std::shared_ptr<InjectedFault>> standing() const;
    /// What stood and stands no more, since the last call.
    [[nodiscard]] std::vector<std::shared_ptr<InjectedFault>> take_ended();
    /// When the first of them is over by time; none: never.
    [[nodiscard]] std::optional<base::SteadyTime> next_end() const;

private:
    void keep_over(std::shared_ptr<InjectedFault> fault);
    void end(std::shared_ptr<InjectedFault> fault);
    void changed();

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<InjectedFault>> standing_;
    std::deque<std::shared_ptr<InjectedFault>> over_;
    FaultId last_id_ = 0;
    std::atomic<bool> is_quiet_{true};
    std::atomic<std::uint64_t> version_{0};
    std::vector<std::shared_ptr<InjectedFault>> ended_;
};

}  // namespace muster::testbroker::faults

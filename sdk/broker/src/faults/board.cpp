// SPDX-License-Identifier: Apache-2.0
// The list of faults that all shards share.
#include "faults/board.hpp"

#include "faults/draw.hpp"
#include "faults/kinds.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::testbroker::faults {
namespace {

std::optional<base::SteadyTime> end_of(const Fault& fault, base::SteadyTime now) {
    if (fault.duration.count() == 0) return std::nullopt;
    return now + fault.duration;
}

}  // namespace

InjectedFault::InjectedFault(FaultId its_id, const Fault& what, base::SteadyTime now)
    : id(its_id), fault(what), began(now), ends(end_of(what, now)), is_holding_(traits_of(what.kind).lasting == Lasting::holding) {}

bool InjectedFault::concerns(const Client& client) const {
    return (fault.tenant.empty() || fault.tenant == client.tenant) && (fault.client_id.empty() || fault.client_id == client.client_id);
}

bool InjectedFault::draws(std::uint64_t client_hash, std::uint64_t n) {
    considered_.fetch_add(1, std::memory_order_relaxed);
    // The kind is part of the seed: two faults of one seed are two chances.
    const std::uint64_t seed = mix(fault.seed) + static_cast<std::uint64_t>(fault.kind);
    return draw(seed, client_hash, n, fault.probability);
}

bool InjectedFault::claim() {
    std::uint64_t applied = applied_.load(std::memory_order_relaxed);
    do {
        if (fault.times != 0 && applied >= fault.times) return false;
    } while (!applied_.compare_exchange_weak(applied, applied + 1, std::memory_order_relaxed));
    return true;
}

FaultInfo InjectedFault::info(base::SteadyTime now, bool is_standing) const {
    FaultInfo info;
    info.id = id;
    info.fault = fault;
    info.is_standing = is_standing && !is_over(now);
    info.considered = considered_.load(std::memory_order_relaxed);
    info.applied = applied_.load(std::memory_order_relaxed);
    info.age = std::chrono::duration_cast<std::chrono::milliseconds>(now - began);
    return info;
}

Result<std::shared_ptr<InjectedFault>> Board::add(const Fault& fault, base::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const Lasting lasting = traits_of(fault.kind).lasting;
    const bool lasts = lasting == Lasting::standing || lasting == Lasting::holding;
    if (lasts && standing_.size() >= most_standing)
        return Error{Code::full, std::to_string(most_standing) + " faults stand already", "remove some with DELETE /v1/faults"};
    auto added = std::make_shared<InjectedFault>(++last_id_, fault, now);
    if (lasts) {
        standing_.push_back(added);
        changed();
    } else {
        keep_over(added);
    }
    return added;
}

Result<void> Board::remove(FaultId id) {
    const std::lock_guard lock(mutex_);
    const auto is_it = [id](const auto& one) { return one->id == id; };
    const auto found = std::find_if(standing_.begin(), standing_.end(), is_it);
    if (found != standing_.end()) {
        end(std::move(*found));
        standing_.erase(found);
        changed();
        return {};
    }
    if (std::any_of(over_.begin(), over_.end(), is_it)) return {};
    return Error{Code::not_found, "there is no fault " + std::to_string(id)};
}

std::size_t Board::clear() {
    const std::lock_guard lock(mutex_);
    const std::size_t stood = standing_.size();
    for (auto& one : standing_) ended_.push_back(std::move(one));
    standing_.clear();
    over_.clear();
    changed();
    return stood;
}

std::vector<FaultInfo> Board::list(base::SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    std::vector<FaultInfo> infos;
    infos.reserve(standing_.size() + over_.size());
    for (const auto& one : over_) infos.push_back(one->info(now, false));
    for (const auto& one : standing_) infos.push_back(one->info(now, true));
    std::sort(infos.begin(), infos.end(), [](const FaultInfo& a, const FaultInfo& b) { return a.id < b.id; });
    return infos;
}

void Board::tidy(base::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const auto first_over =
        std::stable_partition(standing_.begin(), standing_.end(), [now](const auto& one) { return !one->is_over(now); });
    if (first_over == standing_.end()) return;
    for (auto one = first_over; one != standing_.end(); ++one) end(std::move(*one));
    standing_.erase(first_over, standing_.end());
    changed();
}

std::vector<std::shared_ptr<InjectedFault>> Board::standing() const {
    const std::lock_guard lock(mutex_);
    return standing_;
}

std::optional<base::SteadyTime> Board::next_end() const {
    const std::lock_guard lock(mutex_);
    std::optional<base::SteadyTime> next;
    for (const auto& one : standing_) {
        if (one->ends && (!next || *one->ends < *next)) next = one->ends;
    }
    return next;
}

std::vector<std::shared_ptr<InjectedFault>> Board::take_ended() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ended_, {});
}

void Board::end(std::shared_ptr<InjectedFault> fault) {
    ended_.push_back(fault);
    keep_over(std::move(fault));
}

void Board::keep_over(std::shared_ptr<InjectedFault> fault) {
    over_.push_back(std::move(fault));
    if (over_.size() > most_over) over_.pop_front();
}

void Board::changed() {
    version_.fetch_add(1, std::memory_order_release);
    is_quiet_.store(standing_.empty(), std::memory_order_relaxed);
}

}  // namespace muster::testbroker::faults

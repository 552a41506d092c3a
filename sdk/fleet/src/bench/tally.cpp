// SPDX-License-Identifier: Apache-2.0
// Adding up counts.
#include "bench/tally.hpp"

#include <algorithm>

namespace muster::fleet {
namespace {

constexpr std::size_t max_reasons = 32;
constexpr const char* rest = "other";

template <class Counts, class Combine, class... Member>
void combine(Counts& left, const Counts& right, Combine how, Member... member) {
    ((left.*member = how(left.*member, right.*member)), ...);
}

template <class Combine>
void combine(BenchConnections& left, const BenchConnections& right, Combine how) {
    using C = BenchConnections;
    combine(left, right, how, &C::connected, &C::resumed, &C::failed, &C::lost);
}

template <class Combine>
void combine(BenchMessages& left, const BenchMessages& right, Combine how) {
    using M = BenchMessages;
    combine(left, right, how, &M::sent, &M::late, &M::acknowledged, &M::refused, &M::received, &M::duplicates, &M::out_of_order,
            &M::foreign);
}

}  // namespace

BenchConnections& operator+=(BenchConnections& sum, const BenchConnections& other) {
    combine(sum, other, std::plus<>());
    return sum;
}

BenchMessages& operator+=(BenchMessages& sum, const BenchMessages& other) {
    combine(sum, other, std::plus<>());
    return sum;
}

BenchConnections operator-(BenchConnections later, const BenchConnections& earlier) {
    combine(later, earlier, std::minus<>());
    return later;
}

BenchMessages operator-(BenchMessages later, const BenchMessages& earlier) {
    combine(later, earlier, std::minus<>());
    return later;
}

BenchTally& BenchTally::operator+=(const BenchTally& other) {
    phase = std::min(phase, other.phase);
    connections += other.connections;
    messages += other.messages;
    standing += other.standing;
    settled += other.settled;
    attempts += other.attempts;
    backlog += other.backlog;
    scheduled_out += other.scheduled_out;
    last_ready = std::max(last_ready, other.last_ready);
    return *this;
}

void FailureTable::add(const Error& failure) {
    if (!first_) first_ = failure;
    const bool is_known = counts_.count(failure.message()) > 0;
    ++counts_[is_known || counts_.size() < max_reasons ? failure.message() : rest];
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The sums of an account, compared.
#include "simulate/account.hpp"

#include <algorithm>

namespace muster::fleet {
namespace {

void add(OutboxCounts& sum, const OutboxCounts& other) {
    sum.accepted += other.accepted;
    sum.delivered += other.delivered;
    sum.dropped_overflow += other.dropped_overflow;
    sum.dropped_rejected += other.dropped_rejected;
    sum.dropped_corrupt += other.dropped_corrupt;
    sum.dropped_stopped += other.dropped_stopped;
    sum.dropped_expired += other.dropped_expired;
    sum.dropped_superseded += other.dropped_superseded;
    sum.dropped_purged += other.dropped_purged;
    sum.quarantined += other.quarantined;
    sum.waiting += other.waiting;
    sum.waiting_bytes += other.waiting_bytes;
}

void add(ReadingCounts& sum, const ReadingCounts& other) {
    sum.taken += other.taken;
    sum.stored += other.stored;
    sum.unchanged += other.unchanged;
    sum.thinned += other.thinned;
    sum.merged += other.merged;
    sum.refused += other.refused;
    sum.held += other.held;
}

std::uint64_t difference(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : b - a;
}

std::string equation(const std::string& left, std::uint64_t is, const std::string& right, std::uint64_t other) {
    return left + " " + std::to_string(is) + " is not " + right + " " + std::to_string(other);
}

}  // namespace

SimulationAccount& operator+=(SimulationAccount& sum, const SimulationAccount& other) {
    sum.published += other.published;
    sum.refused += other.refused;
    add(sum.readings, other.readings);
    add(sum.messages, other.messages);
    sum.carried_over += other.carried_over;
    sum.unsafe += other.unsafe;
    sum.connects += other.connects;
    sum.disconnects += other.disconnects;
    sum.redelivered += other.redelivered;
    sum.unique += other.unique;
    sum.repeated += other.repeated;
    sum.unique_unsafe += other.unique_unsafe;
    return sum;
}

SimulationFigures& operator+=(SimulationFigures& sum, const SimulationFigures& other) {
    sum.devices += other.devices;
    sum.never_connected += other.never_connected;
    sum.cut_off += other.cut_off;
    sum.rivals += other.rivals;
    sum.total += other.total;
    add(sum.refusals, other.refusals);
    add(sum.failed_attempts, other.failed_attempts);
    add(sum.lost_connections, other.lost_connections);
    sum.missing += other.missing;
    sum.missing_unsafe += other.missing_unsafe;
    sum.unaccounted += other.unaccounted;
    return sum;
}

void add(CodeCounts& sum, const CodeCounts& other) {
    for (std::size_t code = 0; code < sum.by_code.size(); ++code) sum.by_code[code] += other.by_code[code];
}

Missing missing_of(const SimulationAccount& account) {
    const std::uint64_t delivered = account.messages.delivered;
    if (delivered <= account.unique) return {};
    const std::uint64_t all = delivered - account.unique;
    const std::uint64_t may_be_unsafe = account.unsafe - std::min(account.unsafe, account.unique_unsafe);
    const std::uint64_t unsafe = std::min(all, may_be_unsafe);
    return {all - unsafe, unsafe};
}

std::vector<SimulationFault> faults_of(const std::string& client_id, const SimulationAccount& account, bool is_observed) {
    std::vector<SimulationFault> faults;
    const auto expect = [&](const char* left, std::uint64_t is, const char* right, std::uint64_t other) {
        if (is != other) faults.push_back({client_id, equation(left, is, right, other), difference(is, other)});
    };
    const ReadingCounts& readings = account.readings;
    const OutboxCounts& messages = account.messages;
    expect("readings published", account.published, "readings taken", readings.taken);
    expect("readings taken", readings.taken, "stored + unchanged + thinned + merged + refused + held",
           readings.stored + readings.unchanged + readings.thinned + readings.merged + readings.refused + readings.held);
    expect("readings stored", readings.stored, "messages accepted", messages.accepted);
    expect("carried over + accepted", account.carried_over + messages.accepted, "delivered + dropped + quarantined + waiting",
           messages.delivered + messages.dropped() + messages.quarantined + messages.waiting);
    const std::uint64_t missing = is_observed ? missing_of(account).safe : 0;
    if (missing > 0) {
        faults.push_back(
            {client_id,
             "delivered " + std::to_string(messages.delivered) + ", of which the observer has seen " + std::to_string(account.unique),
             missing});
    }
    return faults;
}

}  // namespace muster::fleet

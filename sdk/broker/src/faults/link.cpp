// SPDX-License-Identifier: Apache-2.0
// What faults do to one connection.
#include "faults/link.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace muster::testbroker::faults {
namespace {

bool strikes_connections(FaultKind kind) {
    return kind == FaultKind::cut || kind == FaultKind::stop_reading || kind == FaultKind::freeze || kind == FaultKind::limit_bandwidth;
}

// Before a client is known, nobody can say whether chance or a scope means it; a cut counts from its CONNECT.
bool can_meet(const Fault& fault, bool is_known) {
    if (!strikes_connections(fault.kind)) return false;
    return is_known || (fault.kind == FaultKind::freeze && fault.tenant.empty() && fault.probability >= 1);
}

std::size_t index_of(Direction direction) {
    return direction == Direction::received ? 0 : 1;
}

// A twentieth of a second's bytes at a time, so that the rate is one also over short times; a tenth may gather.
constexpr double chunks_per_second = 20;
constexpr double chunks_gathered = 2;

Allowance limited(double& credit, base::SteadyTime& refilled, std::uint64_t bytes_per_second, base::SteadyTime now) {
    const auto rate = static_cast<double>(bytes_per_second);
    const double chunk = std::max(1.0, rate / chunks_per_second);
    const bool is_first = refilled == base::SteadyTime{};
    const double gained = is_first ? chunk : std::chrono::duration<double>(now - refilled).count() * rate;
    credit = std::min(credit + gained, chunk * chunks_gathered);
    refilled = now;
    if (credit >= 1) return {static_cast<std::size_t>(credit), {}};
    const auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((chunk - credit) / rate * 1'000)));
    return {0, now + wait};
}

void restrict(Allowance& allowance, const Allowance& by) {
    if (by.bytes == 0 && by.again) allowance.again = allowance.again ? std::max(*allowance.again, *by.again) : by.again;
    allowance.bytes = std::min(allowance.bytes, by.bytes);
}

}  // namespace

void Link::meet(Plan& plan, const Client& client, base::SteadyTime now) {
    auto& entries = plan.entries(now);
    const bool is_known = !client.tenant.empty();
    if (met_version_ == plan.version() && was_known_ == is_known) return;
    met_version_ = plan.version();
    was_known_ = is_known;
    std::vector<Bond> fresh;
    for (auto& entry : entries) {
        if (!can_meet(entry.fault->fault, is_known)) continue;
        const auto old = std::find_if(bonds_.begin(), bonds_.end(), [&](const Bond& bond) { return bond.id == entry.fault->id; });
        if (old != bonds_.end()) {
            fresh.push_back(*old);
        } else if (entry.fault->concerns(client)) {
            Bond bond;
            bond.id = entry.fault->id;
            // A cut is counted when it happens, which it may never.
            const bool is_wanted = Plan::draws(entry, client);
            bond.is_struck = is_wanted && (entry.fault->fault.kind == FaultKind::cut || entry.fault->claim());
            fresh.push_back(bond);
        }
    }
    bonds_ = std::move(fresh);
}

template <class Visit>
void Link::each_struck(Plan& plan, base::SteadyTime now, Visit visit) {
    for (auto& entry : plan.entries(now)) {
        const auto bond = std::find_if(bonds_.begin(), bonds_.end(), [&](const Bond& one) { return one.id == entry.fault->id; });
        if (bond != bonds_.end() && bond->is_struck) visit(*entry.fault, *bond);
    }
}

Allowance Link::allowed(Plan& plan, const Client& client, Direction direction, base::SteadyTime now) {
    Allowance allowance;
    if (plan.is_quiet()) return allowance;
    meet(plan, client, now);
    each_struck(plan, now, [&](InjectedFault& injected, Bond& bond) {
        const Fault& fault = injected.fault;
        const std::size_t way = index_of(direction);
        if (fault.kind == FaultKind::freeze || (fault.kind == FaultKind::stop_reading && direction == Direction::received))
            restrict(allowance, {0, injected.ends});
        else if (fault.kind == FaultKind::limit_bandwidth)
            restrict(allowance, limited(bond.credit[way], bond.refilled[way], fault.bytes_per_second, now));
        else if (fault.after_bytes != 0 && fault.direction == direction && fault.after_bytes > bond.bytes)
            restrict(allowance, {static_cast<std::size_t>(fault.after_bytes - bond.bytes), {}});
    });
    return allowance;
}

bool Link::passed(Plan& plan, Direction direction, std::size_t bytes, base::SteadyTime now) {
    bool is_cut = false;
    if (plan.is_quiet()) return is_cut;
    each_struck(plan, now, [&](InjectedFault& injected, Bond& bond) {
        const Fault& fault = injected.fault;
        if (fault.kind == FaultKind::limit_bandwidth) bond.credit[index_of(direction)] -= static_cast<double>(bytes);
        if (fault.after_bytes == 0 || fault.direction != direction) return;
        bond.bytes += bytes;
        if (bond.bytes >= fault.after_bytes && !is_cut) is_cut = injected.claim();
    });
    return is_cut;
}

bool Link::passed_packet(Plan& plan, Direction direction, base::SteadyTime now) {
    bool is_cut = false;
    if (plan.is_quiet()) return is_cut;
    each_struck(plan, now, [&](InjectedFault& injected, Bond& bond) {
        const Fault& fault = injected.fault;
        if (fault.after_packets == 0 || fault.direction != direction) return;
        if (++bond.packets >= fault.after_packets && !is_cut) is_cut = injected.claim();
    });
    return is_cut;
}

}  // namespace muster::testbroker::faults

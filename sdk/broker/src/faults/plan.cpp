// SPDX-License-Identifier: Apache-2.0
// Which faults strike at which opportunity.
#include "faults/plan.hpp"

#include "faults/draw.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::faults {
namespace {

// MQTT 5.0, section 2.4.
constexpr std::uint8_t not_authorized = 0x87;
constexpr std::uint8_t server_unavailable = 0x88;
constexpr std::uint8_t use_another_server = 0x9C;

Verdict verdict_of(const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::redirect:
            return {fault.reason != 0 ? fault.reason : use_another_server, "a fault redirects this client", fault.server_reference, {}};
        case FaultKind::expire_certificate:
            return {not_authorized, "the certificate has expired", {}, {}};
        case FaultKind::revoke_certificate:
            return {not_authorized, "the certificate was revoked", {}, {}};
        default:
            return {fault.reason != 0 ? fault.reason : server_unavailable, "a fault refuses this client", {}, fault.retry_after};
    }
}

bool ends_certificates(FaultKind kind) {
    return kind == FaultKind::expire_certificate || kind == FaultKind::revoke_certificate;
}

}  // namespace

std::vector<Plan::Entry>& Plan::entries(base::SteadyTime now) {
    const auto is_over = [now](const Entry& entry) { return entry.fault->is_over(now); };
    if (version_ == board_.version() && std::any_of(entries_.begin(), entries_.end(), is_over)) board_.tidy(now);
    if (version_ == board_.version()) return entries_;
    version_ = board_.version();
    std::vector<Entry> fresh;
    for (auto& fault : board_.standing()) {
        const auto old =
            std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.fault && entry.fault->id == fault->id; });
        if (fault->is_over(now)) continue;
        fresh.push_back(old == entries_.end() ? Entry{std::move(fault), {}, {}} : std::move(*old));
    }
    entries_ = std::move(fresh);
    return entries_;
}

bool Plan::draws(Entry& entry, const Client& client) {
    const std::uint64_t hash = hash_of(client.tenant, client.client_id);
    const bool is_certain = entry.fault->fault.probability >= 1;
    return entry.fault->draws(hash, is_certain ? 0 : entry.opportunities[hash]++);
}

bool Plan::strikes_for_good(Entry& entry, const Client& client) {
    const std::uint64_t hash = hash_of(client.tenant, client.client_id);
    const auto known = entry.struck.find(hash);
    if (known != entry.struck.end()) return known->second;
    return entry.struck[hash] = entry.fault->strikes(hash, 0);
}

template <class Visit>
void Plan::each(const Client& client, base::SteadyTime now, Visit visit) {
    if (is_quiet()) return;
    for (auto& entry : entries(now)) {
        if (!entry.fault->concerns(client)) continue;
        if (!visit(entry, entry.fault->fault)) return;
    }
}

bool Plan::stalls_handshake(base::SteadyTime now) {
    bool stalls = false;
    each({}, now, [&stalls](Entry& entry, const Fault& fault) {
        stalls = fault.kind == FaultKind::stall_handshake && strikes(entry, {});
        return !stalls;
    });
    return stalls;
}

std::optional<Verdict> Plan::on_connect(const Client& client, bool has_certificate, base::SteadyTime now) {
    std::optional<Verdict> verdict;
    each(client, now, [&](Entry& entry, const Fault& fault) {
        const bool is_for_connects = fault.kind == FaultKind::refuse || fault.kind == FaultKind::redirect;
        if (is_for_connects ? strikes(entry, client) : has_certificate && ends_certificates(fault.kind) && strikes_for_good(entry, client))
            verdict = verdict_of(fault);
        return !verdict;
    });
    return verdict;
}

std::optional<Verdict> Plan::on_certificate(const Client& client, base::SteadyTime now) {
    std::optional<Verdict> verdict;
    each(client, now, [&](Entry& entry, const Fault& fault) {
        if (ends_certificates(fault.kind) && strikes_for_good(entry, client)) verdict = verdict_of(fault);
        return !verdict;
    });
    return verdict;
}

AckFate Plan::on_acknowledgement(const Client& client, base::SteadyTime now) {
    AckFate fate;
    each(client, now, [&](Entry& entry, const Fault& fault) {
        if (fault.kind == FaultKind::drop_acknowledgements && strikes(entry, client)) fate.copies = 0;
        if (fault.kind == FaultKind::duplicate_acknowledgements && strikes(entry, client)) fate.copies *= 2;
        if (fault.kind == FaultKind::delay_acknowledgements && strikes(entry, client)) fate.delay = std::max(fate.delay, fault.delay);
        return true;
    });
    return fate;
}

std::optional<EstFate> Plan::on_est(const Client& client, base::SteadyTime now) {
    std::optional<EstFate> fate;
    each(client, now, [&](Entry& entry, const Fault& fault) {
        if (fault.kind == FaultKind::est && strikes(entry, client))
            fate = EstFate{fault.status != 0 ? fault.status : 200, fault.retry_after, fault.garbage};
        return !fate;
    });
    return fate;
}

}  // namespace muster::testbroker::faults

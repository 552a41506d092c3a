// SPDX-License-Identifier: Apache-2.0
// What injected faults do to clients and sessions.
#include "core/broker_core.hpp"
#include "faults/draw.hpp"
#include "wire/encode.hpp"

#include <vector>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;

faults::Client name_of(const tenancy::Principal& principal) {
    return {principal.tenant, principal.client_id};
}

}  // namespace

bool BrokerCore::is_refused_by_fault(ConnectionId id, const Connection& connection, const tenancy::Principal& principal,
                                     base::SteadyTime now) {
    if (!faults_ || faults_->is_quiet()) return false;
    const auto verdict = faults_->on_connect(name_of(principal), principal.certificate_not_after.has_value(), now);
    if (!verdict) return false;
    ++counters_.refused;
    observer_->refused({id, principal.tenant, principal.client_id, static_cast<ReasonCode>(verdict->reason), verdict->why});
    answer_refusal(id, connection,
                   {static_cast<ReasonCode>(verdict->reason), verdict->why, verdict->server_reference, verdict->retry_after});
    connections_.erase(id);
    output_.close(id);
    return true;
}

faults::Client BrokerCore::client_of(ConnectionId id) const {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.session == nullptr) return {};
    return name_of(found->second.session->principal());
}

void BrokerCore::excuse(ConnectionId id, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) found->second.last_packet = now;
}

void BrokerCore::strike(faults::InjectedFault& fault, base::SteadyTime now) {
    std::vector<ConnectionId> struck;
    for (const auto& [id, connection] : connections_) {
        if (connection.session == nullptr) continue;
        const auto client = name_of(connection.session->principal());
        if (fault.concerns(client) && fault.strikes(faults::hash_of(client.tenant, client.client_id), 0)) struck.push_back(id);
    }
    for (const ConnectionId id : struck)
        disconnect(id, ReasonCode::session_taken_over, "a fault takes this session over", now, EndedBy::fault);
}

void BrokerCore::tick_faults(base::SteadyTime now) {
    if (!faults_ || faults_->is_quiet()) return;
    std::vector<std::pair<ConnectionId, faults::Verdict>> struck;
    for (const auto& [id, connection] : connections_) {
        if (connection.session == nullptr || !connection.session->principal().certificate_not_after) continue;
        if (auto verdict = faults_->on_certificate(name_of(connection.session->principal()), now))
            struck.emplace_back(id, *std::move(verdict));
    }
    for (const auto& [id, verdict] : struck) disconnect(id, static_cast<ReasonCode>(verdict.reason), verdict.why, now, EndedBy::fault);
}

void BrokerCore::forget_everything(base::SteadyTime now) {
    std::vector<ConnectionId> open;
    for (const auto& [id, connection] : connections_) open.push_back(id);
    // A broker that died publishes no wills.
    for (const ConnectionId id : open) end_connection(id, {EndedBy::fault, ReasonCode::success, "a restart without state", false}, now);
    for (auto& [name, tenant] : tenants_) forget_stored(name, tenant);
    // They name sessions.
    session_timers_.clear();
    handovers_.clear();
    tenants_.clear();
}

}  // namespace muster::testbroker::core

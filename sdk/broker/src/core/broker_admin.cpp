// SPDX-License-Identifier: Apache-2.0
// What the administrator asks of the core: who is there, and that somebody goes.
#include "core/broker_core.hpp"

#include <chrono>
#include <utility>

namespace muster::testbroker::core {

ClientInfo BrokerCore::describe(const Session& session) const {
    ClientInfo info;
    const tenancy::Principal& principal = session.principal();
    info.tenant = principal.tenant;
    info.client_id = principal.client_id;
    info.role = principal.role;
    info.subscriptions = session.subscriptions.size();
    info.queued = session.queued();
    info.in_flight = session.in_flight();
    info.connection = session.connection();
    const auto found = info.connection ? connections_.find(*info.connection) : connections_.end();
    if (found == connections_.end()) return info;
    const Connection& connection = found->second;
    info.version = connection.version;
    info.keep_alive = connection.keep_alive();
    const auto age = std::chrono::duration_cast<base::WallTime::duration>(clock_.now() - connection.opened);
    info.since = clock_.wall_now() - age;
    return info;
}

std::vector<ClientInfo> BrokerCore::clients(std::optional<std::string_view> tenant) const {
    std::vector<ClientInfo> all;
    for (const auto& [name, space] : tenants_) {
        if (tenant && name != *tenant) continue;
        for (const auto& [key, session] : space.sessions) all.push_back(describe(*session));
    }
    return all;
}

std::size_t BrokerCore::kick(std::string_view tenant, std::string_view client_id, wire::ReasonCode reason, const std::string& why,
                             base::SteadyTime now) {
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return 0;
    // A device and an application may have the same client id.
    std::vector<ConnectionId> connections;
    for (const auto& [key, session] : found->second.sessions) {
        if (session->principal().client_id == client_id && session->connection()) connections.push_back(*session->connection());
    }
    for (const ConnectionId id : connections) disconnect(id, reason, why, now, EndedBy::administrator);
    return connections.size();
}

}  // namespace muster::testbroker::core

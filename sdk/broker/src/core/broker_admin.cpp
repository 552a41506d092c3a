// SPDX-License-Identifier: Apache-2.0
// What the administrator asks of the core: who is there, and that somebody goes.
#include "core/broker_core.hpp"

#include <algorithm>
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

Census& Census::operator+=(const Census& other) {
    sessions += other.sessions;
    connected += other.connected;
    subscriptions += other.subscriptions;
    shared_subscriptions += other.shared_subscriptions;
    retained += other.retained;
    waiting += other.waiting;
    return *this;
}

Census BrokerCore::census() const {
    Census all;
    for (const auto& [name, tenant] : tenants_) {
        all.retained += tenant.retained.size();
        all.sessions += tenant.sessions.size();
        for (const auto& [key, session] : tenant.sessions) {
            if (session->connection()) ++all.connected;
            all.subscriptions += session->subscriptions.size();
            all.shared_subscriptions += static_cast<std::size_t>(std::count_if(session->subscriptions.begin(), session->subscriptions.end(),
                                                                               [](const auto& each) { return is_shared(each.first); }));
            all.waiting += session->queued() + session->in_flight();
        }
    }
    return all;
}

std::vector<TenantFigures> BrokerCore::figures() const {
    std::vector<TenantFigures> all;
    for (const auto& [name, space] : tenants_) {
        TenantFigures& figures = all.emplace_back();
        figures.tenant = name;
        figures.sessions = space.sessions.size();
        figures.retained = space.retained.size();
        for (const auto& [key, session] : space.sessions) {
            figures.queued += session->queued();
            figures.in_flight += session->in_flight();
            if (!session->connection()) continue;
            const bool is_device = session->principal().role == tenancy::Role::device;
            ++(is_device ? figures.devices_connected : figures.applications_connected);
        }
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

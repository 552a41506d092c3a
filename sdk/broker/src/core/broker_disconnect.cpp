// SPDX-License-Identifier: Apache-2.0
// The end of connections and sessions: DISCONNECT, wills, expiry.
#include "core/broker_core.hpp"
#include "core/fitting.hpp"
#include "core/journal.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;
using wire::Version;

void BrokerCore::on_disconnect(ConnectionId id, Connection& connection, const wire::Disconnect& goodbye, base::SteadyTime now) {
    if (const auto& expiry = goodbye.properties.session_expiry_interval) {
        const bool was_zero = connection.session->expiry.count() == 0;
        if (was_zero && *expiry != 0) return disconnect(id, ReasonCode::protocol_error, "a session expiry that CONNECT said was 0", now);
        connection.session->set_expiry(std::min(*expiry, limits_.max_session_expiry));
    }
    const auto why = goodbye.properties.reason_string.value_or(std::string_view());
    end_connection(id, {EndedBy::client, goodbye.reason, why, goodbye.reason != ReasonCode::success}, now);
}

void BrokerCore::disconnect(ConnectionId id, ReasonCode reason, const std::string& why, base::SteadyTime now, EndedBy by) {
    if (connections_.count(id) == 0) return;
    say_goodbye(id, reason, why, {});
    end_connection(id, {by, reason, why}, now);
}

void BrokerCore::redirect(ConnectionId id, ReasonCode reason, const std::string& server_reference, base::SteadyTime now, EndedBy by) {
    MUSTER_REQUIRE(reason == ReasonCode::use_another_server || reason == ReasonCode::server_moved);
    if (connections_.count(id) == 0) return;
    say_goodbye(id, reason, {}, server_reference);
    end_connection(id, {by, reason, server_reference}, now);
}

void BrokerCore::say_goodbye(ConnectionId id, ReasonCode reason, const std::string& why, const std::string& server_reference) {
    const Connection& connection = connections_.at(id);
    if (connection.session == nullptr || connection.version == Version::v311) return;
    wire::Disconnect goodbye;
    goodbye.reason = reason;
    if (!why.empty()) goodbye.properties.reason_string = why;
    if (!server_reference.empty()) goodbye.properties.server_reference = server_reference;
    send_fitting(output_, id, Version::v5, goodbye, connection.maximum_packet_size);
}

void BrokerCore::end_connection(ConnectionId id, const Ending& ending, base::SteadyTime now) {
    const auto found = connections_.find(id);
    Session* session = found->second.session;
    connections_.erase(id);
    output_.close(id);
    if (session == nullptr || session->connection() != id) return;
    observer_->disconnected({session->name(), ending.reason, ending.why, ending.by});
    --tenant_of(*session).connections;
    --admitted_;
    session->detach();
    presence_changed(*session);
    if (!ending.with_will) session->will.reset();
    if (session->will) session->will_due = now + session->will->delay;
    if (!session->never_expires) session->expires = now + session->expiry;
    if (session->will && session->will->delay.count() == 0) publish_will(*session, now);
    if (session->has_expired(now)) return end_session(*session, now);
    keep(*session);
    set_timer(*session);
}

void BrokerCore::publish_will(Session& session, base::SteadyTime now) {
    auto message = std::make_shared<StoredMessage>(std::move(session.will->message));
    if (session.will->lifetime) message->expires = now + *session.will->lifetime;
    session.will.reset();
    session.will_due.reset();
    ++counters_.messages_in;
    observer_->will_published(session.name(), message->topic);
    if (!may_retain(session, *message, now)) {
        ++counters_.over_retained;
        message->retain = false;
    }
    route(session, std::move(message), now);
}

// The will goes out at the latest now (MQTT 5.0, section 3.1.2.5).
void BrokerCore::end_session(Session& session, base::SteadyTime now) {
    clear_timer(session);
    Tenant& tenant = tenant_of(session);
    leave_all_groups(session, now);
    if (session.will) publish_will(session, now);
    observer_->session_ended(session.name());
    if (session.stored_as != 0) journal_->erase(session);
    tenant.sessions.erase(Session::key_of(session.principal()));
}

}  // namespace muster::testbroker::core

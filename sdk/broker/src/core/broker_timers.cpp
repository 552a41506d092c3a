// SPDX-License-Identifier: Apache-2.0
// What time does to connections and sessions. Each has a timer of its own: ten thousand idle clients cost a tick nothing.
#include "core/broker_core.hpp"

#include <algorithm>
#include <chrono>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;

// A closed connection leaves its timer behind, for at most so long.
constexpr std::chrono::seconds longest_wait{60};
// Clocks are slewed by less; somebody set this one.
constexpr std::chrono::milliseconds noticed_shift{200};

}  // namespace

std::optional<base::SteadyTime> BrokerCore::next_look(const Connection& connection, base::SteadyTime now) const {
    if (connection.session == nullptr) return connection.opened + limits_.connect_deadline;
    const auto& not_after = connection.session->principal().certificate_not_after;
    if (connection.silence_allowed.count() == 0 && !not_after) return std::nullopt;
    auto next = now + longest_wait;
    if (connection.silence_allowed.count() != 0) next = std::min(next, connection.last_packet + connection.silence_allowed);
    if (!not_after) return next;
    // It counts for the whole of its last moment, and may be as far away as can be.
    const auto wall_now = clock_.wall_now();
    if (*not_after >= wall_now + longest_wait) return next;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*not_after - wall_now) + std::chrono::milliseconds(1);
    return std::min(next, now + std::max(left, std::chrono::milliseconds(0)));
}

void BrokerCore::watch(ConnectionId id, Connection& connection, base::SteadyTime now) {
    const auto next = next_look(connection, now);
    const bool is_watched = connection.next_look > now;
    if (!next || (is_watched && connection.next_look <= *next)) return;
    connection.next_look = *next;
    connection_timers_.add(id, *next);
}

void BrokerCore::look_at(ConnectionId id, Connection& connection, base::SteadyTime now) {
    if (connection.session == nullptr) {
        if (now - connection.opened < limits_.connect_deadline) return watch(id, connection, now);
        observer_->connect_timed_out(id);
        return end_connection(id, {}, now);
    }
    const auto& not_after = connection.session->principal().certificate_not_after;
    if (connection.silence_allowed.count() > 0 && now - connection.last_packet >= connection.silence_allowed)
        return disconnect(id, ReasonCode::keep_alive_timeout, "nothing was heard for one and a half keep-alives", now);
    if (not_after && clock_.wall_now() > *not_after) return disconnect(id, ReasonCode::not_authorized, "the certificate has expired", now);
    watch(id, connection, now);
}

void BrokerCore::look_at(Session& session, base::SteadyTime now) {
    if (session.has_expired(now)) return end_session(session, now);
    if (session.will_due && now >= *session.will_due) publish_will(session, now);
    keep(session);
    set_timer(session);
}

void BrokerCore::set_timer(Session& session) {
    clear_timer(session);
    if (!session.expires && !session.will_due) return;
    const auto never = base::SteadyTime::max();
    session.timer = session_timers_.emplace(std::min(session.expires.value_or(never), session.will_due.value_or(never)), &session);
}

void BrokerCore::clear_timer(Session& session) {
    if (session.timer) session_timers_.erase(*session.timer);
    session.timer.reset();
}

void BrokerCore::follow_wall_clock(base::SteadyTime now) {
    const auto offset =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now().time_since_epoch() - now.time_since_epoch());
    if (std::chrono::abs(offset - wall_offset_) < noticed_shift) return;
    wall_offset_ = offset;
    for (auto& [id, connection] : connections_) watch(id, connection, now);
}

void BrokerCore::tick(base::SteadyTime now) {
    memory_.settle();
    settle_all_handovers(now);
    end_withdrawn(now);
    tick_faults(now);
    follow_wall_clock(now);
    while (const auto due = connection_timers_.take(now)) {
        const auto found = connections_.find(due->connection);
        if (found != connections_.end() && found->second.next_look == due->at) look_at(due->connection, found->second, now);
    }
    while (!session_timers_.empty() && session_timers_.begin()->first <= now) look_at(*session_timers_.begin()->second, now);
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// The beginning of connections and sessions: CONNECT, takeover, CONNACK.
#include "base/topic.hpp"
#include "core/broker_core.hpp"
#include "core/fitting.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;
using wire::Version;

ClientLimits limits_of(const wire::Connect& connect, const Limits& own) {
    ClientLimits limits;
    limits.version = connect.version;
    limits.receive_maximum = connect.properties.receive_maximum.value_or(limits.receive_maximum);
    if (const auto& size = connect.properties.maximum_packet_size) limits.maximum_packet_size = *size;
    limits.topic_alias_maximum = std::min(connect.properties.topic_alias_maximum.value_or(0), own.topic_alias_maximum);
    return limits;
}

// A 3.1.1 client cannot be told another than its own.
std::uint16_t keep_alive_of(const wire::Connect& connect, const Limits& own) {
    const std::uint16_t asked = connect.keep_alive;
    if (connect.version == Version::v311) return asked;
    if (own.server_keep_alive) return *own.server_keep_alive;
    return own.max_keep_alive && (asked == 0 || asked > *own.max_keep_alive) ? *own.max_keep_alive : asked;
}

// 3.1.1 has no expiry: a clean session ends with its connection, another stays.
std::uint32_t expiry_of(const wire::Connect& connect, const Limits& own) {
    const std::uint32_t v311 = connect.clean_start ? 0 : UINT32_MAX;
    const std::uint32_t asked = connect.version == Version::v5 ? connect.properties.session_expiry_interval.value_or(0) : v311;
    return std::min(asked, own.max_session_expiry);
}

// A topic below which nobody else is answered: a device has a space of its own, others get a level. Empty for a client id that is no level.
std::string response_base(const Session& session) {
    const tenancy::Principal& principal = session.principal();
    if (principal.role == tenancy::Role::device && principal.isolation == Isolation::device) return "response";
    const std::string base = "response/" + principal.client_id;
    const bool is_level = principal.client_id.find('/') == std::string::npos;
    return is_level && base::check_topic(base) ? base : std::string();
}

void say_what_is_not_offered(wire::Properties& properties, const Features& features) {
    if (features.maximum_qos != Qos::exactly_once) properties.maximum_qos = static_cast<std::uint8_t>(features.maximum_qos);
    if (!features.retained_messages) properties.retain_available = std::uint8_t{0};
    if (!features.wildcard_subscriptions) properties.wildcard_subscription_available = std::uint8_t{0};
    if (!features.subscription_identifiers) properties.subscription_identifier_available = std::uint8_t{0};
    if (!features.shared_subscriptions) properties.shared_subscription_available = std::uint8_t{0};
}

std::unique_ptr<Will> will_of(const wire::Will& packet, const tenancy::TopicSpace& space, MemoryAccount& memory) {
    auto message = store_message(packet, space);
    if (!message) return nullptr;
    message->share = MemoryShare(memory, message->bytes());
    const auto& lifetime = packet.properties.message_expiry_interval;
    return std::make_unique<Will>(Will{*std::move(message), std::chrono::seconds(packet.properties.will_delay_interval.value_or(0)),
                                       lifetime ? std::optional(std::chrono::seconds(*lifetime)) : std::nullopt});
}

bool wants_goodbyes(const wire::Connect& connect) {
    const auto& asked = connect.properties.user_properties;
    return std::find(asked.begin(), asked.end(), std::pair<std::string_view, std::string_view>("refuse-with", "disconnect")) != asked.end();
}

}  // namespace

void BrokerCore::refuse(ConnectionId id, const Connection& connection, const wire::Connect& connect, std::string_view tenant,
                        const tenancy::Refusal& refusal) {
    ++counters_.refused;
    observer_->refused({id, tenant, connect.client_id, refusal.reason, refusal.why});
    answer_refusal(id, connection, refusal);
    connections_.erase(id);
    output_.close(id);
}

// A client that has asked for it, and to which there is more to say than a reason, is told by DISCONNECT, whose properties its library
// hands out; before a DISCONNECT there must be a CONNACK that does not refuse (MQTT 5.0, section 3.14), which is marked. It has no session.
void BrokerCore::answer_refusal(ConnectionId id, const Connection& connection, const tenancy::Refusal& refusal) {
    const std::string seconds = std::to_string(refusal.retry_after.count());
    const auto say = [&](auto answer) {
        answer.reason = refusal.reason;
        if (!refusal.why.empty()) answer.properties.reason_string = refusal.why;
        if (!refusal.server_reference.empty()) answer.properties.server_reference = refusal.server_reference;
        if (refusal.retry_after.count() > 0) answer.properties.user_properties.emplace_back("retry-after", seconds);
        send_fitting(output_, id, connection.version, answer, connection.maximum_packet_size);
    };
    const bool has_hint = !refusal.server_reference.empty() || refusal.retry_after.count() > 0;
    if (!connection.wants_goodbyes || !has_hint) return say(wire::Connack{});
    wire::Connack marked;
    marked.properties.user_properties.emplace_back("refused", "1");
    if (send_fitting(output_, id, connection.version, marked, connection.maximum_packet_size)) say(wire::Disconnect{});
}

std::optional<tenancy::Refusal> BrokerCore::check_will(const wire::Will& will) const {
    if (will.qos > limits_.features.maximum_qos)
        return tenancy::Refusal{ReasonCode::qos_not_supported, "a will of this QoS is not offered"};
    if (will.retain && !limits_.features.retained_messages)
        return tenancy::Refusal{ReasonCode::retain_not_supported, "retained messages are not offered"};
    if (memory_.is_full())
        return tenancy::Refusal{ReasonCode::quota_exceeded, "the broker keeps as many bytes as it may, and takes no will; try again later"};
    return std::nullopt;
}

void BrokerCore::judged(ConnectionId id, const wire::Connect& connect, tenancy::Verdict verdict, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) on_verdict(id, found->second, connect, std::move(verdict), now);
}

void BrokerCore::on_verdict(ConnectionId id, Connection& connection, const wire::Connect& connect, tenancy::Verdict admitted,
                            base::SteadyTime now) {
    connection.certificate.reset();
    const ClientLimits limits = limits_of(connect, limits_);
    connection.version = limits.version;
    connection.maximum_packet_size = limits.maximum_packet_size;
    connection.wants_reasons = connect.properties.request_problem_information.value_or(1) != 0;
    connection.wants_goodbyes = wants_goodbyes(connect);
    if (const auto* refusal = std::get_if<tenancy::Refusal>(&admitted)) return refuse(id, connection, connect, {}, *refusal);
    auto& principal = std::get<tenancy::Principal>(admitted);
    // It may have been revoked since it was judged; from here on the next tick sees it.
    if (const auto withdrawal = admission_.withdrawn(principal))
        return refuse(id, connection, connect, principal.tenant, {ReasonCode::not_authorized, withdrawal->why});
    if (is_refused_by_fault(id, connection, principal, now)) return;
    // MQTT 3.1.1, section 3.1.3.1.
    if (principal.client_id_was_assigned && connect.version == Version::v311 && !connect.clean_start)
        return refuse(id, connection, connect, principal.tenant, {ReasonCode::client_identifier_not_valid, "a session needs a client id"});
    if (const auto refusal = connect.will ? check_will(*connect.will) : std::nullopt)
        return refuse(id, connection, connect, principal.tenant, *refusal);
    auto will = connect.will ? will_of(*connect.will, tenancy::TopicSpace(principal), memory_) : nullptr;
    if (connect.will && !will) {
        return refuse(id, connection, connect, principal.tenant,
                      {ReasonCode::topic_name_invalid, "the will's topic is too long, or its response topic is no topic name"});
    }
    if (will && tenancy::is_reserved(will->message.topic, principal.isolation))
        return refuse(id, connection, connect, principal.tenant, {ReasonCode::not_authorized, "the will's topic is the broker's own"});

    Tenant& tenant = obtain_tenant(principal.tenant);
    if (const auto refusal = check_connect(tenant, connect, principal, now))
        return refuse(id, connection, connect, principal.tenant, *refusal);

    bool present = false;
    Session& session = open_session(principal, connect.clean_start, present, now);
    connection.session = &session;
    connection.tenant = &tenant;
    connection.receive_maximum = tenancy::lower(limits_.receive_maximum, tenant.limits.inflight);
    connection.takes_at_most = tenancy::lower(limits_.max_packet_size, tenant.limits.packet_size);
    connection.silence_allowed = std::chrono::milliseconds(keep_alive_of(connect, limits_) * 1'500LL);
    session.set_expiry(expiry_of(connect, limits_));
    clear_timer(session);
    session.attach(id, limits, principal);
    session.keep(session_limits(tenant));
    ++tenant.connections;
    ++admitted_;
    watch(id, connection, now);
    session.will = std::move(will);
    keep(session);
    presence_changed(session);
    ++counters_.connections;
    observer_->connected({session.name(), connect.version, connect.clean_start, present, principal.client_id_was_assigned,
                          std::chrono::seconds(keep_alive_of(connect, limits_))});
    if (!send_connack(id, connection, connect, present)) {
        return end_connection(id, {EndedBy::broker, ReasonCode::packet_too_large, "its CONNACK is larger than what it takes"}, now);
    }
    session.pump(output_, now);
}

Session& BrokerCore::open_session(const tenancy::Principal& principal, bool clean_start, bool& present, base::SteadyTime now) {
    auto& sessions = obtain_tenant(principal.tenant).sessions;
    const std::string key = Session::key_of(principal);
    const auto found = sessions.find(key);
    if (found != sessions.end()) {
        // A session that ends with its connection ends here too, and its will is published (MQTT 5.0, section 3.1.4).
        if (const auto old = found->second->connection())
            disconnect(*old, ReasonCode::session_taken_over, "another connection has this client id", now);
    }
    const auto left = sessions.find(key);
    if (left != sessions.end() && (clean_start || left->second->has_expired(now))) end_session(*left->second, now);
    auto& session = sessions[key];
    present = session != nullptr;
    if (!present) session = std::make_unique<Session>(principal, limits_.session, counters_.deliveries, memory_, *observer_);
    return *session;
}

bool BrokerCore::send_connack(ConnectionId id, const Connection& connection, const wire::Connect& connect, bool present) {
    wire::Connack answer;
    answer.session_present = present;
    auto& properties = answer.properties;
    const auto& asked = connect.properties;
    const std::string response = asked.request_response_information.value_or(0) != 0 ? response_base(*connection.session) : "";
    if (!response.empty()) properties.response_information = response;
    const std::uint32_t expiry = expiry_of(connect, limits_);
    if (expiry != asked.session_expiry_interval.value_or(0)) properties.session_expiry_interval = expiry;
    const std::uint16_t keep_alive = keep_alive_of(connect, limits_);
    if (keep_alive != connect.keep_alive) properties.server_keep_alive = keep_alive;
    say_what_is_not_offered(properties, limits_.features);
    properties.receive_maximum = connection.receive_maximum;
    properties.maximum_packet_size = connection.takes_at_most;
    if (limits_.topic_alias_maximum != 0) properties.topic_alias_maximum = limits_.topic_alias_maximum;
    if (connect.client_id.empty()) properties.assigned_client_identifier = connection.session->principal().client_id;
    return send_fitting(output_, id, connection.version, answer, connection.maximum_packet_size);
}

}  // namespace muster::testbroker::core

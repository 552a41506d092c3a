// SPDX-License-Identifier: Apache-2.0
// SUBSCRIBE, UNSUBSCRIBE and the retained messages that answer them.
#include "base/topic.hpp"
#include "core/broker_core.hpp"
#include "core/fitting.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;

bool is_acceptable(std::string_view own_filter, const tenancy::TopicSpace& space) {
    if (is_shared(own_filter)) {
        const auto shared = parse_shared(own_filter);
        if (!shared) return false;
        own_filter = shared->filter;
    }
    if (!base::check_filter(own_filter) || !space.fits(own_filter)) return false;
    const std::string filter = space.to_tenant(own_filter);
    return static_cast<std::size_t>(std::count(filter.begin(), filter.end(), '/')) < SubscriptionTree::max_levels;
}

// Of SUBACK and UNSUBACK: fixed header, packet id, length of no properties, one reason each (MQTT 5.0, sections 3.9 and 3.11).
std::size_t answer_size(std::size_t reasons) {
    const std::size_t body = 3 + reasons;
    return 1 + wire::variable_size(body) + body;
}

bool begins_with_wildcard(std::string_view filter) {
    return filter.front() == '+' || filter.front() == '#';
}

}  // namespace

void BrokerCore::on_subscribe(ConnectionId id, Connection& connection, const wire::Subscribe& subscribe, base::SteadyTime now) {
    if (answer_size(subscribe.requests.size()) > connection.maximum_packet_size)
        return disconnect(id, ReasonCode::packet_too_large, "the answer is larger than the client takes", now);
    if (std::any_of(subscribe.requests.begin(), subscribe.requests.end(),
                    [](const auto& request) { return request.no_local && is_shared(request.filter); }))
        return disconnect(id, ReasonCode::protocol_error, "a shared subscription with no-local", now);  // MQTT 5.0, section 3.8.3.1.
    if (!limits_.features.subscription_identifiers && !subscribe.properties.subscription_identifiers.empty())
        return disconnect(id, ReasonCode::subscription_identifiers_not_supported, "subscription identifiers are not offered", now);
    Session& session = *connection.session;
    wire::Suback answer;
    answer.packet_id = subscribe.packet_id;
    std::vector<std::pair<std::string, SubscriptionOptions>> wants_retained;
    for (const auto& request : subscribe.requests) {
        if (!is_acceptable(request.filter, session.space())) {
            answer.reasons.push_back(ReasonCode::topic_filter_invalid);
            continue;
        }
        if (!limits_.features.wildcard_subscriptions && request.filter.find_first_of("+#") != std::string_view::npos) {
            answer.reasons.push_back(ReasonCode::wildcard_subscriptions_not_supported);
            continue;
        }
        if (!limits_.features.shared_subscriptions && is_shared(request.filter)) {
            answer.reasons.push_back(ReasonCode::shared_subscriptions_not_supported);
            continue;
        }
        SubscriptionOptions options;
        options.qos = std::min(request.qos, limits_.features.maximum_qos);
        options.no_local = request.no_local;
        options.retain_as_published = request.retain_as_published;
        if (!subscribe.properties.subscription_identifiers.empty())
            options.identifier = subscribe.properties.subscription_identifiers.front();
        options.begins_with_wildcard = begins_with_wildcard(request.filter);

        const std::string filter(request.filter);
        const bool existed = add_subscription(session, filter, options, now);
        // Retain handling 0: always, 1: only a new subscription, 2: never; a shared one gets none (MQTT 5.0, sections 3.8.3.1, 4.8.2).
        const bool wants = request.retain_handling == 0 || (request.retain_handling == 1 && !existed);
        if (wants && !is_shared(filter)) wants_retained.emplace_back(filter, options);
        answer.reasons.push_back(static_cast<ReasonCode>(options.qos));
    }
    const bool failed = std::any_of(answer.reasons.begin(), answer.reasons.end(), wire::is_failure);
    if (failed && connection.wants_reasons) answer.properties.reason_string = "a filter is not valid, or asks for what is not offered";
    send_fitting(output_, id, connection.version, answer, connection.maximum_packet_size);
    for (const auto& [filter, options] : wants_retained) send_retained(session, filter, options, now);
}

void BrokerCore::send_retained(Session& session, std::string_view own_filter, const SubscriptionOptions& options, base::SteadyTime now) {
    Tenant& tenant = tenant_of(session);
    drop_expired_retained(session.principal().tenant, tenant, now);
    for (const auto& [topic, message] : tenant.retained) {
        const auto own_topic = session.space().to_own(topic);
        if (!own_topic || !base::filter_matches(own_filter, *own_topic)) continue;
        Delivery delivery{message, std::min(options.qos, message->qos), true, {}};
        if (options.identifier) delivery.identifiers.push_back(*options.identifier);
        session.deliver(std::move(delivery), output_, now);
    }
}

void BrokerCore::on_unsubscribe(ConnectionId id, Connection& connection, const wire::Unsubscribe& unsubscribe, base::SteadyTime now) {
    if (answer_size(unsubscribe.filters.size()) > connection.maximum_packet_size)
        return disconnect(id, ReasonCode::packet_too_large, "the answer is larger than the client takes", now);
    Session& session = *connection.session;
    wire::Unsuback answer;
    answer.packet_id = unsubscribe.packet_id;
    for (const auto filter : unsubscribe.filters) {
        const auto found = session.subscriptions.find(filter);
        const bool existed = found != session.subscriptions.end();
        if (existed) remove_subscription(session, std::string(filter), now);
        answer.reasons.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
    }
    output_.send(id, connection.version, wire::Packet(answer));
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// Shared subscriptions: joining, leaving, and what becomes of the messages of a member that is gone.
#include "core/broker_core.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

bool BrokerCore::add_subscription(Session& session, const std::string& own_filter, const SubscriptionOptions& options) {
    Tenant& tenant = tenant_of(session);
    const bool existed = !session.subscriptions.insert_or_assign(own_filter, options).second;
    const auto shared = parse_shared(own_filter);
    if (!shared) {
        tenant.subscriptions.add(session.space().to_tenant(own_filter), session, options);
        return existed;
    }
    SharedGroup& group = tenant.groups.obtain(session, *shared);
    if (group.empty()) tenant.subscriptions.add(group.tenant_filter(), group);
    group.add(session, options);
    return existed;
}

void BrokerCore::remove_subscription(Session& session, const std::string& own_filter, base::SteadyTime now) {
    Tenant& tenant = tenant_of(session);
    session.subscriptions.erase(own_filter);
    const auto shared = parse_shared(own_filter);
    if (!shared) return tenant.subscriptions.remove(session.space().to_tenant(own_filter), session);
    SharedGroup* group = tenant.groups.find(session, *shared);
    if (group == nullptr) return;
    group->remove(session);
    auto left_behind = session.take_waiting(group->id());
    if (group->empty()) {
        tenant.subscriptions.remove(group->tenant_filter(), *group);
        tenant.groups.erase(session, *shared);
        return;
    }
    hand_on(tenant, std::move(left_behind), now);
}

void BrokerCore::presence_changed(const Session& session) {
    auto& groups = tenant_of(session).groups;
    for (auto at = session.subscriptions.lower_bound(shared_prefix); at != session.subscriptions.end() && is_shared(at->first); ++at) {
        if (SharedGroup* group = groups.find(session, *parse_shared(at->first))) group->presence_changed(session);
    }
}

bool BrokerCore::deliver_shared(SharedGroup& group, const SharedMessage& message, base::SteadyTime now) {
    const auto* member = group.next();
    if (member == nullptr) return false;
    Delivery delivery{message, std::min(member->options.qos, message->qos), message->retain && member->options.retain_as_published, {}};
    if (member->options.identifier) delivery.identifiers.push_back(*member->options.identifier);
    delivery.group = group.id();
    member->session->deliver(std::move(delivery), output_, now);
    return true;
}

void BrokerCore::hand_on(Tenant& tenant, std::vector<Delivery> deliveries, base::SteadyTime now) {
    for (const Delivery& delivery : deliveries) {
        if (SharedGroup* group = tenant.groups.find(delivery.group)) deliver_shared(*group, delivery.message, now);
    }
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// Shared subscriptions: joining, leaving, and what becomes of the messages of a member that is gone or that loses a device.
#include "core/broker_core.hpp"
#include "core/journal.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace muster::testbroker::core {

bool BrokerCore::add_subscription(Session& session, const std::string& own_filter, const SubscriptionOptions& options,
                                  base::SteadyTime now) {
    Tenant& tenant = tenant_of(session);
    const bool existed = !session.subscriptions.insert_or_assign(own_filter, options).second;
    if (session.journal() != nullptr) session.journal()->subscribed(session, own_filter, options);
    const auto shared = parse_shared(own_filter);
    if (!shared) {
        tenant.subscriptions.add(session.space().to_tenant(own_filter), session, options);
        return existed;
    }
    SharedGroup& group = tenant.groups.obtain(session, *shared);
    if (group.empty()) {
        tenant.subscriptions.add(group.tenant_filter(), group);
        if (journal_ != nullptr) journal_->group_made(session.principal().tenant, group.id(), SharedGroups::name_of(session, *shared));
    }
    group.add(session, options);
    if (existed || group.partition() == nullptr) return existed;
    for (const SharedMember& member : group.members()) {
        if (member.session != &session) take_from(group, *member.session, now);
    }
    return existed;
}

void BrokerCore::remove_subscription(Session& session, const std::string& own_filter, base::SteadyTime now) {
    Tenant& tenant = tenant_of(session);
    session.subscriptions.erase(own_filter);
    if (session.journal() != nullptr) session.journal()->unsubscribed(session, own_filter);
    const auto shared = parse_shared(own_filter);
    if (!shared) return tenant.subscriptions.remove(session.space().to_tenant(own_filter), session);
    SharedGroup* group = tenant.groups.find(session, *shared);
    if (group == nullptr) return;
    group->remove(session);
    take_from(*group, session, now);
    if (!group->empty()) return;
    tenant.subscriptions.remove(group->tenant_filter(), *group);
    if (journal_ != nullptr) journal_->group_gone(session.principal().tenant, group->id());
    tenant.groups.erase(session, *shared);
}

void BrokerCore::presence_changed(const Session& session) {
    auto& groups = tenant_of(session).groups;
    for (auto at = session.subscriptions.lower_bound(shared_prefix); at != session.subscriptions.end() && is_shared(at->first); ++at) {
        if (SharedGroup* group = groups.find(session, *parse_shared(at->first))) group->presence_changed(session);
    }
}

void BrokerCore::deliver_shared(SharedGroup& group, const SharedMessage& message, DeviceSlot slot, base::SteadyTime now) {
    const SharedMember* member = group.next(slot, output_);
    if (member == nullptr) return;
    Delivery delivery{message, std::min(member->options.qos, message->qos), message->retain && member->options.retain_as_published, {}};
    if (member->options.identifier) delivery.identifiers.push_back(*member->options.identifier);
    delivery.group = group.id();
    delivery.slot = slot;
    Partition* partition = group.partition();
    if (partition == nullptr || !partition->holds(slot)) return member->session->deliver(std::move(delivery), output_, now);
    if (journal_ != nullptr) delivery.stored_as = journal_->held_back(member->session->principal().tenant, delivery);
    const auto dropped = partition->hold(std::move(delivery), limits_.session.max_queued);
    if (!dropped) return;
    if (journal_ != nullptr) journal_->erase(*dropped);
    ++counters_.deliveries.queue_full;
    observer_->dropped(member->session->name(), DropReason::queue_full, 1);
}

// The delivery is made anew: its next owner may have subscribed with other options.
void BrokerCore::hand_on(SharedGroups& groups, const std::vector<Delivery>& deliveries, base::SteadyTime now) {
    for (const Delivery& delivery : deliveries) {
        if (SharedGroup* group = groups.find(delivery.group)) deliver_shared(*group, delivery.message, delivery.slot, now);
    }
}

void BrokerCore::take_from(SharedGroup& group, Session& session, base::SteadyTime now) {
    if (Partition* partition = group.partition()) {
        const auto in_flight = session.slots_in_flight(group.id());
        for (DeviceSlot slot = 0; slot < device_slots; ++slot) {
            if (!in_flight[slot] || group.serves(session, slot)) continue;
            partition->hand_over(slot, session);
            handovers_.emplace(&session, group.id());
        }
    }
    const auto waiting = session.take_waiting(
        [&](const Delivery& delivery) { return delivery.group == group.id() && !group.serves(session, delivery.slot); });
    auto& groups = tenant_of(session).groups;
    hand_on(groups, waiting, now);
    settle(groups, group, now);
}

void BrokerCore::settle(SharedGroups& groups, SharedGroup& group, base::SteadyTime now) {
    Partition* partition = group.partition();
    if (partition == nullptr) return;
    std::map<const Session*, std::bitset<device_slots>> in_flight;
    const auto is_over = [&](DeviceSlot slot, Session& from) {
        if (group.serves(from, slot)) return true;  // It has come back.
        const auto [found, is_new] = in_flight.try_emplace(&from);
        if (is_new) found->second = from.slots_in_flight(group.id());
        return !found->second[slot];
    };
    hand_on(groups, forget_stored(partition->release(is_over)), now);
}

void BrokerCore::settle_handovers(const Session& session, base::SteadyTime now) {
    auto& groups = tenant_of(session).groups;
    for (auto at = handovers_.lower_bound({&session, 0}); at != handovers_.end() && at->first == &session;) {
        SharedGroup* group = groups.find(at->second);
        if (group != nullptr) settle(groups, *group, now);
        at = group != nullptr && group->partition()->waits_for(session) ? std::next(at) : handovers_.erase(at);
    }
}

void BrokerCore::settle_all_handovers(base::SteadyTime now) {
    for (auto at = handovers_.begin(); at != handovers_.end();) {
        const Session* session = at->first;
        settle_handovers(*session, now);
        at = handovers_.upper_bound({session, std::numeric_limits<GroupId>::max()});
    }
}

void BrokerCore::leave_all_groups(Session& session, base::SteadyTime now) {
    auto& groups = tenant_of(session).groups;
    auto left_behind = session.take_shared();
    // What was held is younger than what it was held for.
    for (auto at = handovers_.lower_bound({&session, 0}); at != handovers_.end() && at->first == &session; at = handovers_.erase(at)) {
        SharedGroup* group = groups.find(at->second);
        if (group == nullptr) continue;
        auto held = forget_stored(group->partition()->release([&session](DeviceSlot, const Session& from) { return &from == &session; }));
        left_behind.insert(left_behind.end(), std::make_move_iterator(held.begin()), std::make_move_iterator(held.end()));
    }
    while (!session.subscriptions.empty()) remove_subscription(session, std::string(session.subscriptions.begin()->first), now);
    hand_on(groups, left_behind, now);
}

}  // namespace muster::testbroker::core

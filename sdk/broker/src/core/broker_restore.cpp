// SPDX-License-Identifier: Apache-2.0
// What outlives the process: told to the journal, and taken up again.
#include "core/broker_core.hpp"
#include "core/journal.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace muster::testbroker::core {

void BrokerCore::keep(Session& session) {
    if (journal_ == nullptr) return;
    const bool outlives_connection = session.never_expires || session.expiry.count() > 0;
    if (outlives_connection) session.keep_in(*journal_);
    // A will must be published even if its client's connection ends with the process.
    if (session.stored_as == 0 && (outlives_connection || session.will)) session.stored_as = journal_->new_session();
    if (session.stored_as != 0) journal_->save(session);
}

void BrokerCore::keep_retained(const Session& publisher, const SharedMessage& message) {
    const std::string& tenant_name = publisher.principal().tenant;
    auto& retained = tenant_of(publisher).retained;
    const auto old = retained.find(message->topic);
    if (old != retained.end() && journal_ != nullptr) journal_->erase_retained(tenant_name, old->second);
    if (!message->payload.empty()) {
        retained[message->topic] = message;
        if (journal_ != nullptr) journal_->retained(tenant_name, message);
    } else if (old != retained.end()) {
        retained.erase(old);
    }
}

void BrokerCore::drop_expired_retained(const std::string& tenant_name, Tenant& tenant, base::SteadyTime now) {
    std::erase_if(tenant.retained, [&](const auto& entry) {
        const bool is_over = entry.second->has_expired(now);
        if (is_over && journal_ != nullptr) journal_->erase_retained(tenant_name, entry.second);
        return is_over;
    });
}

std::vector<Delivery> BrokerCore::forget_stored(std::vector<Delivery> held_back) {
    if (journal_ != nullptr) {
        for (const Delivery& delivery : held_back) journal_->erase(delivery);
    }
    return held_back;
}

void BrokerCore::forget_stored(const std::string& tenant_name, Tenant& tenant) {
    if (journal_ == nullptr) return;
    for (const auto& [key, session] : tenant.sessions) {
        session->forget_stored_deliveries();
        if (session->stored_as != 0) journal_->erase(*session);
    }
    for (const auto& [topic, message] : tenant.retained) journal_->erase_retained(tenant_name, message);
    tenant.groups.for_each([&](SharedGroup& group) {
        journal_->group_gone(tenant_name, group.id());
        if (group.partition() == nullptr) return;
        static_cast<void>(forget_stored(group.partition()->release([](DeviceSlot, const Session&) { return true; })));
    });
}

// Subscriptions and groups first, then what waits, then the journal: what is only read again is not told to it.
void BrokerCore::restore(std::vector<StoredTenant> stored, Journal& journal, base::SteadyTime now) {
    for (StoredTenant& each : stored) {
        Tenant& tenant = obtain_tenant(each.name);
        for (const auto& [id, name] : each.groups) tenant.groups.restore(id, name);
        for (StoredSession& session : each.sessions) restore_session(tenant, session, now);
        for (const SharedMessage& message : each.retained) {
            count_restored(message);
            tenant.retained[message->topic] = message;
        }
    }
    journal_ = &journal;
    for (StoredTenant& each : stored) {
        for (const auto& [key, session] : tenants_[each.name].sessions) {
            session->keep_in(journal);
            journal.save(*session);  // Nobody is connected any more.
            set_timer(*session);
        }
        restore_handovers(each, now);
        for (const GroupId id : tenants_[each.name].groups.forget_restored()) journal.group_gone(each.name, id);
    }
    // Who was deleted while the other process ended.
    withdrawals_seen_ = admission_.withdrawals() - 1;
    end_withdrawn(now);
}

void BrokerCore::count_restored(const SharedMessage& message) {
    if (message != nullptr) message->share = MemoryShare(memory_, message->bytes());
}

void BrokerCore::restore_session(Tenant& tenant, StoredSession& stored, base::SteadyTime now) {
    const auto known = admission_.tenant_named(stored.principal.tenant);
    if (known) stored.principal.isolation = known->isolation;
    auto& session = tenant.sessions[Session::key_of(stored.principal)];
    session = std::make_unique<Session>(stored.principal, session_limits(tenant), counters_.deliveries, memory_, *observer_);
    session->stored_as = stored.id;
    session->set_expiry(stored.expiry);
    if (stored.will) {
        session->will = std::make_unique<Will>(*std::move(stored.will));
        session->will->message.share = MemoryShare(memory_, session->will->message.bytes());
    }
    session->will_due = stored.will_due;
    session->expires = stored.expires;
    if (stored.was_connected) {
        if (session->will) session->will_due = now + session->will->delay;
        if (!session->never_expires) session->expires = now + session->expiry;
    }
    for (const auto& [filter, options] : stored.subscriptions) add_subscription(*session, filter, options, now);
    for (const wire::PacketId id : stored.held_ids) session->held_ids.hold(id);
    session->held_ids.restart();
}

// What waits goes in only now that all members of the groups are there, so that nobody's share is thought to be another's.
void BrokerCore::restore_handovers(StoredTenant& stored, base::SteadyTime now) {
    Tenant& tenant = tenants_[stored.name];
    std::set<std::pair<Session*, GroupId>> shares;
    for (StoredSession& each : stored.sessions) {
        Session& session = *tenant.sessions.at(Session::key_of(each.principal));
        for (StoredDelivery& one : each.deliveries) {
            count_restored(one.delivery.message);
            const GroupId group = one.delivery.group;
            tenant.groups.skip_ids(group);
            if (group != 0) shares.emplace(&session, group);
            if (one.packet_id == 0) {
                session.restore(std::move(one.delivery));
            } else {
                const auto stage = one.is_released ? InFlight::Stage::released : InFlight::Stage::published;
                session.restore(std::move(one.delivery), one.packet_id, stage);
            }
        }
    }
    for (const auto& [session, id] : shares) {
        SharedGroup* group = tenant.groups.find(id);
        if (group != nullptr && group->partition() != nullptr) take_from(*group, *session, now);
    }
    hand_on(tenant.groups, forget_stored(std::move(stored.held_back)), now);
}

}  // namespace muster::testbroker::core

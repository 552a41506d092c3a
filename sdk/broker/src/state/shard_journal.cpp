// SPDX-License-Identifier: Apache-2.0
// Notes the last word about each thing.
#include "state/shard_journal.hpp"

#include <utility>

namespace muster::testbroker::state {
namespace {

constexpr StoredId ids_at_a_time = 4'096;  // So that shards rarely meet.

}  // namespace

StoredId ShardJournal::next_id() {
    if (next_id_ == ids_end_) {
        next_id_ = store_.take_ids(ids_at_a_time);
        ids_end_ = next_id_ + ids_at_a_time;
    }
    return next_id_++;
}

StoredId ShardJournal::refer_to(const core::SharedMessage& message) {
    MessageNote& note = messages_[message.get()];
    if (note.references++ == 0) {
        note.message = message;
        note.id = next_id();
        changes_.new_messages.emplace(note.id, message);
    }
    return note.id;
}

void ShardJournal::unrefer(const core::StoredMessage& message) {
    const auto found = messages_.find(&message);
    if (found == messages_.end() || --found->second.references != 0) return;
    const StoredId id = found->second.id;
    if (changes_.new_messages.erase(id) == 0) changes_.gone_messages.push_back(id);
    messages_.erase(found);
}

void ShardJournal::save(const core::Session& session) {
    changes_.sessions[session.stored_as] = &session;
}

void ShardJournal::erase(const core::Session& session) {
    const StoredId id = session.stored_as;
    changes_.sessions.erase(id);
    changes_.gone_sessions.push_back(id);
    const auto forget = [id](auto& changes) { changes.erase(changes.lower_bound({id, {}}), changes.lower_bound({id + 1, {}})); };
    forget(changes_.subscriptions);
    forget(changes_.held_ids);
}

void ShardJournal::subscribed(const core::Session& session, std::string_view own_filter, const core::SubscriptionOptions& options) {
    changes_.subscriptions[{session.stored_as, std::string(own_filter)}] = options;
}

void ShardJournal::unsubscribed(const core::Session& session, std::string_view own_filter) {
    changes_.subscriptions[{session.stored_as, std::string(own_filter)}] = std::nullopt;
}

void ShardJournal::held(const core::Session& session, wire::PacketId id) {
    changes_.held_ids[{session.stored_as, id}] = true;
}

void ShardJournal::let_go(const core::Session& session, wire::PacketId id) {
    changes_.held_ids[{session.stored_as, id}] = false;
}

StoredId ShardJournal::add(DeliveryNote note) {
    note.message = refer_to(note.delivery.message);
    note.delivery.message.reset();  // Its note has it.
    const StoredId id = next_id();
    changes_.deliveries.emplace_hint(changes_.deliveries.end(), id, std::move(note));
    return id;
}

StoredId ShardJournal::queued(const core::Session& session, const core::Delivery& delivery) {
    DeliveryNote note;
    note.session = session.stored_as;
    note.delivery = delivery;
    return add(std::move(note));
}

StoredId ShardJournal::held_back(std::string_view tenant, const core::Delivery& delivery) {
    DeliveryNote note;
    note.tenant = tenant;
    note.delivery = delivery;
    return add(std::move(note));
}

DeliveryNote& ShardJournal::note_of(const core::Delivery& delivery) {
    const auto [found, is_new] = changes_.deliveries.try_emplace(delivery.stored_as);
    if (is_new) {
        DeliveryNote& note = found->second.emplace();
        note.is_new = false;
        if (delivery.message != nullptr) note.message = messages_.at(delivery.message.get()).id;
    }
    return *found->second;
}

void ShardJournal::sent(const core::Delivery& delivery, wire::PacketId id) {
    note_of(delivery).packet_id = id;
}

void ShardJournal::released(const core::Delivery& delivery) {
    DeliveryNote& note = note_of(delivery);
    note.message = 0;
    note.is_released = true;
    unrefer(*delivery.message);
}

void ShardJournal::erase(const core::Delivery& delivery) {
    if (delivery.message != nullptr) unrefer(*delivery.message);
    const auto [found, is_new] = changes_.deliveries.try_emplace(delivery.stored_as);
    const bool was_never_stored = !is_new && found->second && found->second->is_new;
    if (was_never_stored) changes_.deliveries.erase(found);
    if (!was_never_stored) found->second.reset();
}

void ShardJournal::retained(std::string_view tenant, const core::SharedMessage& message) {
    changes_.retained[{std::string(tenant), message->topic}] = refer_to(message);
}

void ShardJournal::erase_retained(std::string_view tenant, const core::SharedMessage& message) {
    unrefer(*message);
    changes_.retained[{std::string(tenant), message->topic}] = std::nullopt;
}

void ShardJournal::group_made(std::string_view tenant, core::GroupId id, std::string_view name) {
    changes_.groups[{std::string(tenant), id}] = std::string(name);
}

void ShardJournal::group_gone(std::string_view tenant, core::GroupId id) {
    changes_.groups[{std::string(tenant), id}] = std::nullopt;
}

Result<void> ShardJournal::commit() {
    if (changes_.is_empty()) return {};
    if (auto written = store_.write(changes_); !written) return written;
    changes_ = {};
    return {};
}

}  // namespace muster::testbroker::state

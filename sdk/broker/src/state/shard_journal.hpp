// SPDX-License-Identifier: Apache-2.0
// One shard's journal: notes what changes in a turn, and stores it in one transaction.
#pragma once

#include "state/session_store.hpp"

#include <string_view>

namespace muster::testbroker::state {

/// What was made and is gone again before the commit costs the disk nothing. Threads: one, the shard's.
class ShardJournal final : public core::Journal {
public:
    /// `messages` are those that what was loaded refers to.
    ShardJournal(SessionStore& store, MessageNotes messages) : store_(store), messages_(std::move(messages)) {}

    StoredId new_session() override { return next_id(); }
    void save(const core::Session& session) override;
    void erase(const core::Session& session) override;
    void subscribed(const core::Session& session, std::string_view own_filter, const core::SubscriptionOptions& options) override;
    void unsubscribed(const core::Session& session, std::string_view own_filter) override;
    void held(const core::Session& session, wire::PacketId id) override;
    void let_go(const core::Session& session, wire::PacketId id) override;
    StoredId queued(const core::Session& session, const core::Delivery& delivery) override;
    void sent(const core::Delivery& delivery, wire::PacketId id) override;
    void released(const core::Delivery& delivery) override;
    void erase(const core::Delivery& delivery) override;
    StoredId held_back(std::string_view tenant, const core::Delivery& delivery) override;
    void retained(std::string_view tenant, const core::SharedMessage& message) override;
    void erase_retained(std::string_view tenant, const core::SharedMessage& message) override;
    void group_made(std::string_view tenant, core::GroupId id, std::string_view name) override;
    void group_gone(std::string_view tenant, core::GroupId id) override;
    [[nodiscard]] bool is_empty() const override { return changes_.is_empty(); }
    Result<void> commit() override;

private:
    StoredId next_id();
    StoredId refer_to(const core::SharedMessage& message);
    void unrefer(const core::StoredMessage& message);
    StoredId add(DeliveryNote note);
    DeliveryNote& note_of(const core::Delivery& delivery);

    SessionStore& store_;
    MessageNotes messages_;
    Changes changes_;
    StoredId next_id_ = 0;
    StoredId ids_end_ = 0;
};

}  // namespace muster::testbroker::state

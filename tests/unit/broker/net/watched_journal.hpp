// SPDX-License-Identifier: Apache-2.0
// A journal whose commits wait until the test says how they end.
#pragma once

#include "core/journal.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace muster::test {

namespace core = testbroker::core;
using testbroker::tenancy::Principal;

/// What a test shares with the journal of a shard. Threads: any.
class CommitGate {
public:
    using Notes = std::set<std::string>;

    /// From now on a commit waits.
    void hold() {
        change([this] { outcome_.reset(); });
    }
    /// What waits, and what comes until the next `hold`, ends like this.
    void open(Result<void> outcome) {
        change([&] { outcome_ = std::move(outcome); });
    }
    /// What the commit that waits is to store; nothing if none comes.
    [[nodiscard]] Notes await_commit() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return is_waiting_; });
        return is_waiting_ ? notes_ : Notes{};
    }

    /// The journal's.
    [[nodiscard]] Result<void> pass(const Notes& notes) {
        std::unique_lock lock(mutex_);
        notes_ = notes;
        is_waiting_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return outcome_.has_value(); });
        is_waiting_ = false;
        return *outcome_;
    }

private:
    static constexpr std::chrono::seconds patience{20};

    template <class Change>
    void change(Change make) {
        const std::lock_guard lock(mutex_);
        make();
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Result<void>> outcome_ = Result<void>{};  // None: commits wait.
    bool is_waiting_ = false;
    Notes notes_;
};

/// Stores nothing; knows what it would have. Threads: one, the shard's.
class WatchedJournal final : public core::Journal {
public:
    explicit WatchedJournal(CommitGate& gate) : gate_(gate) {}

    core::StoredId new_session() override { return ++last_id_; }
    void save(const core::Session&) override { notes_.insert("session"); }
    void erase(const core::Session&) override { notes_.insert("session gone"); }
    void subscribed(const core::Session&, std::string_view, const core::SubscriptionOptions&) override { notes_.insert("subscription"); }
    void unsubscribed(const core::Session&, std::string_view) override { notes_.insert("subscription gone"); }
    void held(const core::Session&, wire::PacketId) override { notes_.insert("held id"); }
    void let_go(const core::Session&, wire::PacketId) override { notes_.insert("held id gone"); }
    core::StoredId queued(const core::Session&, const core::Delivery&) override { return note_new("delivery"); }
    void sent(const core::Delivery&, wire::PacketId) override { notes_.insert("delivery sent"); }
    void released(const core::Delivery&) override { notes_.insert("delivery released"); }
    void erase(const core::Delivery&) override { notes_.insert("delivery gone"); }
    core::StoredId held_back(std::string_view, const core::Delivery&) override { return note_new("held back"); }
    void retained(std::string_view, const core::SharedMessage&) override { notes_.insert("retained"); }
    void erase_retained(std::string_view, const core::SharedMessage&) override { notes_.insert("retained gone"); }
    void group_made(std::string_view, core::GroupId, std::string_view) override { notes_.insert("group"); }
    void group_gone(std::string_view, core::GroupId) override { notes_.insert("group gone"); }
    [[nodiscard]] bool is_empty() const override { return notes_.empty(); }
    Result<void> commit() override {
        if (notes_.empty()) return {};
        auto passed = gate_.pass(notes_);
        if (passed.ok()) notes_.clear();
        return passed;
    }

private:
    core::StoredId note_new(const char* what) {
        notes_.insert(what);
        return ++last_id_;
    }

    CommitGate& gate_;
    CommitGate::Notes notes_;
    core::StoredId last_id_ = 0;
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// The outbox's bounds: what gives way to a new message.
#include "outbox/outbox.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::outbox {
namespace {

using store::Listed;

// How many are looked at in one go; the first look is at one, which is most often enough.
constexpr std::size_t batch = 16;

}  // namespace

/// Records of one class that may give way, oldest first, and the first of them looked at.
class Outbox::Victims {
public:
    Victims(Outbox& outbox, Priority priority, const std::vector<Listed>& leaving)
        : outbox_(outbox), priority_(priority), leaving_(leaving) {
        // What is behind the cursor is in flight or gone. Newest first there is none.
        if (outbox.limits_.of(priority).order == DrainOrder::oldest_first) after_ = outbox.taken_up_to_[static_cast<std::size_t>(priority)];
    }

    /// The next one; null if there is none.
    Result<const Listed*> front() {
        while (next_ == found_.size()) {
            if (is_at_end_) return nullptr;
            auto listed = outbox_.list(priority_, after_, max_);
            if (!listed) return std::move(listed).error();
            is_at_end_ = listed->empty();
            if (!is_at_end_) after_ = listed->back().id;
            max_ = batch;
            found_.clear();
            next_ = 0;
            std::copy_if(listed->begin(), listed->end(), std::back_inserter(found_), [this](const Listed& record) {
                const auto is_it = [&](const Listed& other) { return other.id == record.id; };
                return !outbox_.is_in_flight(record.id) && std::none_of(leaving_.begin(), leaving_.end(), is_it);
            });
        }
        return &found_[next_];
    }
    void pop() { ++next_; }

private:
    Outbox& outbox_;
    Priority priority_;
    const std::vector<Listed> leaving_;
    RecordId after_ = 0;
    std::size_t max_ = 1;
    std::vector<Listed> found_;
    std::size_t next_ = 0;
    bool is_at_end_ = false;
};

Result<std::vector<Listed>> Outbox::list(Priority priority, RecordId after, std::size_t max) {
    auto listed = memory_->list(priority, after, max);
    if (!listed || !durable_) return listed;
    auto durable = durable_->list(priority, after, max);
    if (!durable) return durable;
    listed->insert(listed->end(), durable->begin(), durable->end());
    std::sort(listed->begin(), listed->end(), [](const Listed& a, const Listed& b) { return a.id < b.id; });
    if (listed->size() > max) listed->resize(max);
    return listed;
}

// What waits with the same key; what is in flight is on its way, and stays.
Result<std::vector<Listed>> Outbox::superseded_by(const NewRecord& record) {
    const std::string key(record.key);
    auto superseded = memory_->with_key(key);
    if (superseded && durable_) {
        auto durable = durable_->with_key(key);
        if (!durable) return durable;
        superseded->insert(superseded->end(), durable->begin(), durable->end());
    }
    const auto flying = std::remove_if(superseded->begin(), superseded->end(), [this](const Listed& one) { return is_in_flight(one.id); });
    superseded->erase(flying, superseded->end());
    return superseded;
}

// Where the outbox would stand with the record in it, and what of it leaves.
class Outbox::Room {
public:
    Room(const Outbox& outbox, const NewRecord& record)
        : limits_(outbox.limits_),
          own_(outbox.limits_.of(record.priority)),
          priority_(record.priority),
          in_class_(outbox.waiting(priority_)) {
        all_ = outbox.waiting();
        come({1, record.bytes()});
    }
    void come(const store::Waiting& more) {
        for (store::Waiting* room : {&all_, &in_class_}) {
            room->messages += more.messages;
            room->bytes += more.bytes;
        }
    }
    void leave(const Listed& one) {
        --all_.messages;
        all_.bytes -= std::min(all_.bytes, one.bytes);
        if (one.priority != priority_) return;
        --in_class_.messages;
        in_class_.bytes -= std::min(in_class_.bytes, one.bytes);
    }
    [[nodiscard]] bool class_fits() const {
        return in_class_.messages <= bound_or_none(own_.max_messages) && in_class_.bytes <= bound_or_none(own_.max_bytes);
    }
    [[nodiscard]] bool fits() const { return class_fits() && all_.messages <= limits_.max_messages && all_.bytes <= limits_.max_bytes; }

private:
    const OutboxLimits& limits_;
    const ClassLimits& own_;
    Priority priority_;
    store::Waiting all_;
    store::Waiting in_class_;
};

Error Outbox::full(const Room& room, Priority priority) const {
    const bool is_class = !room.class_fits();
    const store::Waiting now = is_class ? waiting(priority) : waiting();
    return {Code::full,
            std::string(is_class ? "the outbox's class is full: " : "the outbox is full: ") + std::to_string(now.messages) + " messages, " +
                std::to_string(now.bytes) + " bytes waiting",
            "wait until it drains, raise its limits, or let it drop the oldest"};
}

Outbox::Allowance Outbox::allowance(Priority priority) const {
    const auto left = [](std::uint64_t most, std::uint64_t used) { return most - std::min(most, used); };
    const ClassLimits& own = limits_.of(priority);
    const store::Waiting in_class = waiting(priority);
    const store::Waiting all = waiting();
    const std::uint64_t messages =
        std::min(left(bound_or_none(own.max_messages), in_class.messages), left(limits_.max_messages, all.messages));
    const std::uint64_t bytes = std::min(left(bound_or_none(own.max_bytes), in_class.bytes), left(limits_.max_bytes, all.bytes));
    return {priority, std::min(messages, bytes / base::PlainMessage::most_bytes)};
}

// Adds to `leaving` what must leave beside it; nothing is removed yet, so that nothing is dropped for a message that does not fit anyway.
Result<void> Outbox::make_room(const NewRecord& record, Overflow overflow, std::vector<Listed>& leaving) {
    const std::uint64_t most = std::min(limits_.max_bytes, bound_or_none(limits_.of(record.priority).max_bytes));
    if (record.bytes() > most) {
        return Error{Code::too_large, "the message has " + std::to_string(record.bytes()) + " bytes, more than the outbox may hold (" +
                                          std::to_string(most) + ")"};
    }
    Room room(*this, record);
    for (const Listed& one : leaving) room.leave(one);
    if (room.fits()) return {};
    const Error refusal = full(room, record.priority);
    if (overflow != Overflow::drop_oldest && overflow != Overflow::drop_lowest_priority) return refusal;

    std::vector<Victims> classes;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(record.priority); ++i)
        classes.emplace_back(*this, static_cast<Priority>(i), leaving);
    while (!room.fits()) {
        Victims* from = nullptr;
        const Listed* victim = nullptr;
        // For its own class's bound only its own class can give way.
        for (std::size_t i = room.class_fits() ? 0 : classes.size() - 1; i < classes.size(); ++i) {
            auto front = classes[i].front();
            if (!front) return std::move(front).error();
            const bool is_better =
                *front != nullptr && (victim == nullptr || (overflow == Overflow::drop_oldest && (*front)->id < victim->id));
            if (!is_better) continue;
            victim = *front;
            from = &classes[i];
        }
        if (victim == nullptr) return refusal;
        room.leave(*victim);
        leaving.push_back(*victim);
        from->pop();
    }
    return {};
}

Result<void> Outbox::store_instead(const NewRecord& record, Overflow overflow, const std::vector<Listed>& leaving) {
    const store::Removal why = overflow == Overflow::latest ? store::Removal::superseded : store::Removal::overflow;
    const bool is_memory = record.durability == Durability::memory;
    store::Leaving same{{}, why};
    std::vector<RecordId> elsewhere;
    for (const Listed& one : leaving) (memory_->holds(one.id) == is_memory ? same.ids : elsewhere).push_back(one.id);
    // A bound must hold even if the disk fails. A value is given up only once the one that supersedes it is stored.
    if (why == store::Removal::overflow && !elsewhere.empty()) {
        if (auto removed = remove(elsewhere, why); !removed) return removed;
    }
    auto stored = store_for(record.durability).append(record, same);
    if (stored && why == store::Removal::superseded && !elsewhere.empty()) static_cast<void>(remove(elsewhere, why));
    return stored;
}

}  // namespace muster::outbox

// SPDX-License-Identifier: Apache-2.0
// The device's storage thread: the session's outbox actions, as the device's engine carries them out.
#include "device.hpp"

#include <algorithm>
#include <utility>

namespace muster::test {
namespace {

// As the device's engine has it.
constexpr milliseconds fetch_retry{1'000};

}  // namespace

// The storage thread: one action after the other, now and then so slowly that a connection is lost and made again meanwhile.
void Device::on_storage(std::function<Result<void>(outbox::Outbox&)> action) {
    auto& chance = common_.world.chance;
    const auto takes = chance.up_to(milliseconds(chance.happens(has_slow_disk_ ? 30 : 1) ? 10'000 : 20));
    process_->storage_is_free = std::max(process_->storage_is_free, common_.world.now() + takes);
    later_in_this_life(process_->storage_is_free, [this, carried_out = std::move(action)] {
        if (!carried_out(*process_->outbox)) on_loop([this] { ask_again(); });
        check();
    });
}

// What the storage thread tells the loop comes in order.
void Device::on_loop(std::function<void()> event) {
    auto& last = process_->loop_hears_at;
    last = std::max(last, common_.world.now() + common_.world.chance.up_to(milliseconds(20)));
    later_in_this_life(last, std::move(event));
}

void Device::ask_again() {
    const auto again_at = common_.world.now() + fetch_retry;
    process_->fetch_again_at = std::min(process_->fetch_again_at.value_or(again_at), again_at);
    turn();
}

void Device::carry_out(const session::Fetch& action) {
    on_storage([this, action](outbox::Outbox& outbox) -> Result<void> {
        const auto now = common_.world.now();
        auto& drain = process_->drain;
        outbox.release(drain.take_back_expired(now));
        const auto wait = process_->is_stopping ? device::BatchedDrain::Wait::no : device::BatchedDrain::Wait::for_full_batches;
        auto taken = drain.take(
            {action.max, action.link, wait, outbox.waiting_of(), outbox.accepted_of()},
            [&](std::size_t max, const outbox::PerClass& room) { return outbox.take(max, room); }, now);
        auto records = taken ? std::move(*taken) : std::vector<outbox::Record>();
        for (const auto& record : records) {
            process_->tickets[record.id] = ticket_of(record);
            ledger_.handed_out(ticket_of(record));
        }
        const auto again_at = taken ? drain.next_deadline() : now + fetch_retry;
        on_loop([this, link = action.link, again_at, fetched = std::move(records)] {
            process_->fetch_again_at = again_at;
            process_->session.records(link, fetched, common_.world.now());
            turn();
        });
        if (!taken) return std::move(taken).error();
        return {};
    });
}

void Device::carry_out(const session::Settle& action) {
    for (const auto id : action.ids) ledger_.settled(process_->tickets[id]);
    on_storage([this, sent = action.ids](outbox::Outbox& outbox) -> Result<void> {
        const auto ids = process_->drain.expand(sent);
        const auto before = outbox.counts().delivered;
        if (auto settled = outbox.settle(ids); !settled) return settled;
        require(outbox.counts().delivered >= before + ids.size(), Promise::accounting,
                "something delivered was dropped, or is not counted");
        return {};
    });
}

void Device::carry_out(const session::Reject& action) {
    const auto ticket = process_->tickets[action.id];
    ledger_.rejected(ticket, action.why.code() == Code::too_large);
    const bool is_unfit = action.why.code() == Code::too_large || action.why.code() == Code::rejected;
    on_storage([this, id = action.id, ticket, is_unfit](outbox::Outbox& outbox) {
        auto done = is_unfit ? outbox.quarantine(id, "unfit") : outbox.reject(id);
        if (done) return done;
        outbox.release({id});
        ledger_.not_rejected(ticket);
        return done;
    });
}

void Device::carry_out(const session::Release& action) {
    process_->pace.put_back(action.ids.size());
    on_storage([this, ids = action.ids](outbox::Outbox& outbox) -> Result<void> {
        outbox.release(process_->drain.put_back(ids));
        return {};
    });
}

void Device::carry_out(const session::ReleaseAll& action) {
    on_storage([this, unanswered = action.unanswered](outbox::Outbox& outbox) -> Result<void> {
        const auto suspects = process_->drain.expand(unanswered);
        process_->drain.forget_all();
        if (auto released = outbox.release_all(suspects, unanswered.size()); !released) return std::move(released).error();
        return {};
    });
}

}  // namespace muster::test

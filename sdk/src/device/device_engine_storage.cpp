// SPDX-License-Identifier: Apache-2.0
// The device's storage thread: the session's outbox actions, in the order of their emission.
#include "device/device_engine.hpp"

#include <algorithm>
#include <utility>

namespace muster::device {
namespace {

// An outbox that could not be read (the disk failed) is asked again after this, so that what waits does not need a new message to move on.
constexpr std::chrono::milliseconds fetch_retry{1'000};

Error stopped_error() {
    return {Code::stopped, "the device is stopping"};
}

}  // namespace

void DeviceEngine::commit(GroupCommit::Group& group) {
    outbox_.with([&](auto& outbox) {
        if (!is_outbox_closed_) {
            group.outcome = outbox->accept(group.offers, group.settled);
            return;
        }
        for (auto* offer : group.offers) offer->outcome = stopped_error();
    });
}

Result<void> DeviceEngine::close_outbox() {
    return outbox_.with([&](auto& outbox) {
        is_outbox_closed_ = true;
        return outbox->close();
    });
}

template <class F>
void DeviceEngine::on_storage(F&& action) {
    storage_.post([this, carried_out = std::forward<F>(action)]() mutable {
        note_outcome(outbox_.with([&](auto& outbox) { return carried_out(*outbox); }));
    });
}

void DeviceEngine::note_outcome(const Result<void>& outcome) {
    if (!outcome) {
        handlers_.log(LogLevel::error, outcome.error().message());
        count_failure(outcome.error());
        loop_.post([this] { ask_again(); });
    }
    note_outbox_change();
}

void DeviceEngine::note_outbox_change() {
    {
        const std::lock_guard lock(mutex_);
        ++shared_.outbox_changes;
        shared_.status.batches = drain_.counts();
    }
    changed_.notify_all();
}

// What the disk did not do, such as removing what is delivered, the outbox does when it is asked the next time: also on a quiet connection.
void DeviceEngine::ask_again() {
    const auto again_at = clock_.now() + fetch_retry;
    fetch_again_at_ = std::min(fetch_again_at_.value_or(again_at), again_at);
}

// One request at a time, so that a slow disk does not collect them.
void DeviceEngine::expire_readings(base::SteadyTime now) {
    const auto deadline = telemetry_.next_deadline();
    if (!deadline || now < *deadline || expiring_.exchange(true)) return;
    storage_.post([this] {
        telemetry_.expire(clock_.now());
        note_outbox_change();
        expiring_ = false;
        wake_loop();
    });
}

void DeviceEngine::expire() {
    on_storage([](outbox::Outbox& outbox) { return outbox.expire(); });
}

void DeviceEngine::carry_out(session::Fetch action) {
    loop_asks_ = true;  // Before it looks: what is stored later tells of itself.
    const bool is_311 = link_maker_.protocol() == Protocol::mqtt311;
    const bool in_payloads = message_id_ == MessageIdPlace::payload || (message_id_ == MessageIdPlace::property && is_311);
    on_storage([this, action, in_payloads](outbox::Outbox& outbox) -> Result<void> {
        const auto wait = stopping_ || drain_waiters_ > 0 ? BatchedDrain::Wait::no : BatchedDrain::Wait::for_full_batches;
        const auto now = clock_.now();
        outbox.release(drain_.take_back_expired(now));
        const BatchedDrain::Request request{action.max, action.link, wait, outbox.waiting_of(), outbox.accepted_of(), in_payloads};
        auto taken = drain_.take(
            request, [&](std::size_t max, const outbox::PerClass& room) { return outbox.take(max, room); }, now);
        const auto again_at = taken ? drain_.next_deadline() : now + fetch_retry;
        auto records = taken ? std::move(*taken) : std::vector<outbox::Record>();
        loop_.post([this, link = action.link, again_at, fetched = std::move(records)]() mutable {
            fetch_again_at_ = again_at;
            session_.records(link, std::move(fetched), clock_.now());
        });
        if (!taken) return std::move(taken).error();
        return {};
    });
}

// What is settled while the storage thread is at something else is removed together, and with what is published meanwhile.
void DeviceEngine::carry_out(session::Settle action) {
    const bool is_first = settled_.with([&](auto& settled) {
        const bool was_empty = settled.empty();
        settled.insert(settled.end(), action.ids.begin(), action.ids.end());
        return was_empty;
    });
    if (!is_first) return;
    storage_.post([this] {
        const auto ids = settled_.with([](auto& settled) { return std::exchange(settled, {}); });
        note_outcome(group_commit_.settle(drain_.expand(ids)));
    });
}

void DeviceEngine::carry_out(const session::Reject& action) {
    const Error why = action.why.in("message " + std::to_string(action.id) + " is dropped");
    handlers_.log(LogLevel::error, why.message());
    set_last_error(why);
    // What another broker, or another day, will not take either is kept for whoever wants to know.
    const bool is_unfit = action.why.code() == Code::too_large || action.why.code() == Code::rejected;
    on_storage([this, id = action.id, is_unfit, reason = action.why.message()](outbox::Outbox& outbox) -> Result<void> {
        for (const auto rejected : drain_.expand({id})) {
            auto done = is_unfit ? outbox.quarantine(rejected, reason) : outbox.reject(rejected);
            if (done) continue;
            outbox.release({rejected});  // To be refused again once the disk works.
            return done;
        }
        return {};
    });
}

void DeviceEngine::carry_out(session::Release action) {
    on_storage([this, ids = std::move(action.ids)](outbox::Outbox& outbox) -> Result<void> {
        outbox.release(drain_.put_back(ids));
        return {};
    });
}

void DeviceEngine::carry_out(session::ReleaseAll action) {
    on_storage([this, unanswered = std::move(action.unanswered)](outbox::Outbox& outbox) -> Result<void> {
        const std::uint64_t before = outbox.counts().quarantined;
        const auto suspects = drain_.expand(unanswered);
        drain_.forget_all();
        auto released = outbox.release_all(suspects, unanswered.size());
        if (!released) return std::move(released).error();
        const std::uint64_t more = outbox.counts().quarantined - before;
        if (more > 0) handlers_.log(LogLevel::error, std::to_string(more) + " message in flight at every lost connection is quarantined");
        return {};
    });
}

}  // namespace muster::device

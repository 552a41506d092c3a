// SPDX-License-Identifier: Apache-2.0
// The device's storage thread: the session's outbox actions, in the order of their emission.
#include "device/device_engine.hpp"

#include <utility>

namespace muster::device {
namespace {

// An outbox that could not be read (the disk failed) is asked again after this, so that what waits does not need a new message to move on.
constexpr std::chrono::milliseconds fetch_retry{1'000};

}  // namespace

template <class F>
void DeviceEngine::on_storage(F&& action) {
    storage_.post([this, carried_out = std::forward<F>(action)]() mutable {
        const Result<void> outcome = outbox_.with([&](auto& outbox) { return carried_out(*outbox); });
        if (!outcome) {
            handlers_.log(LogLevel::error, outcome.error().message());
            set_last_error(outcome.error());
        }
        {
            const std::lock_guard lock(mutex_);
            ++shared_.outbox_changes;
        }
        changed_.notify_all();
    });
}

void DeviceEngine::expire() {
    on_storage([](outbox::Outbox& outbox) { return outbox.expire(); });
}

void DeviceEngine::carry_out(session::Fetch action) {
    on_storage([this, action](outbox::Outbox& outbox) -> Result<void> {
        auto taken = outbox.take(action.max);
        auto records = taken ? std::move(*taken) : std::vector<outbox::Record>();
        loop_.post([this, link = action.link, has_failed = !taken, fetched = std::move(records)]() mutable {
            const auto now = std::chrono::steady_clock::now();
            session_.records(link, std::move(fetched), now);
            if (has_failed) fetch_again_at_ = now + fetch_retry;
        });
        if (!taken) return std::move(taken).error();
        return {};
    });
}

void DeviceEngine::carry_out(session::Settle action) {
    on_storage([ids = std::move(action.ids)](outbox::Outbox& outbox) { return outbox.settle(ids); });
}

void DeviceEngine::carry_out(const session::Reject& action) {
    const Error why = action.why.in("message " + std::to_string(action.id) + " is dropped");
    handlers_.log(LogLevel::error, why.message());
    set_last_error(why);
    on_storage([id = action.id](outbox::Outbox& outbox) { return outbox.reject(id); });
}

void DeviceEngine::carry_out(session::Release action) {
    on_storage([ids = std::move(action.ids)](outbox::Outbox& outbox) -> Result<void> {
        outbox.release(ids);
        return {};
    });
}

void DeviceEngine::carry_out(session::ReleaseAll /*action*/) {
    on_storage([](outbox::Outbox& outbox) -> Result<void> {
        outbox.release_all();
        return {};
    });
}

}  // namespace muster::device

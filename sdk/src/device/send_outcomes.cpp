// SPDX-License-Identifier: Apache-2.0
// Outcomes that wait for one another.
#include "device/send_outcomes.hpp"

#include <utility>

namespace muster::device {
namespace {

// However large the window is.
constexpr std::size_t most = 64;

}  // namespace

void SendOutcomes::expect() {
    const std::lock_guard lock(mutex_);
    ++to_come_;
}

void SendOutcomes::forget() {
    const std::lock_guard lock(mutex_);
    to_come_ = 0;
}

bool SendOutcomes::add(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    if (to_come_ > 0) --to_come_;
    const bool gathers = look_at_ && outcome.result.ok();
    come_.push_back(std::move(outcome));
    if (is_woken_ || (gathers && come_.size() < most && come_.size() < to_come_)) return false;
    is_woken_ = true;
    return true;
}

std::vector<SendOutcomes::Outcome> SendOutcomes::take(base::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    is_woken_ = false;
    if (come_.empty()) {
        if (look_at_ && now >= *look_at_) look_at_.reset();
        return {};
    }
    const bool is_close = last_at_ && now - *last_at_ < patience;
    look_at_ = is_close && to_come_ > 0 ? std::optional(now + patience) : std::nullopt;
    last_at_ = now;
    return std::exchange(come_, {});
}

std::optional<base::SteadyTime> SendOutcomes::deadline() const {
    const std::lock_guard lock(mutex_);
    return look_at_;
}

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// What an acknowledgement by hand does: it ends a hold on a message in the inbox.
#pragma once

#include "device/inbox.hpp"

#include <muster/device.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace muster {

/// One hold of Inbox::hold. Shares the inbox, because it may outlive the device. Threads: any.
class Acknowledgement::Impl {
public:
    Impl(std::shared_ptr<device::Inbox> inbox, std::uint64_t number) : inbox_(std::move(inbox)), number_(number) {}
    ~Impl() {
        if (!is_given_) inbox_->drop_hold(number_);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void acknowledge() {
        if (!is_given_.exchange(true)) inbox_->end_hold(number_);
    }

private:
    const std::shared_ptr<device::Inbox> inbox_;
    const std::uint64_t number_;
    std::atomic<bool> is_given_{false};
};

}  // namespace muster

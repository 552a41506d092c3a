// SPDX-License-Identifier: Apache-2.0
// A value that several threads share: reachable only with its lock held.
#pragma once

#include <mutex>
#include <utility>

namespace muster::base {

/// `guarded.with([](T& value) { ... })`. The function must call nothing that takes another lock.
template <class T>
class Guarded {
public:
    template <class... Args>
    explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

    template <class F>
    decltype(auto) with(F&& function) {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(function)(value_);
    }
    template <class F>
    decltype(auto) with(F&& function) const {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(function)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace muster::base

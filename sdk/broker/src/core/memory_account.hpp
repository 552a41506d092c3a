// SPDX-License-Identifier: Apache-2.0
// The ceiling over what waits in the whole broker: queued and retained messages, wills, and bytes that slow readers have not taken.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>

namespace muster::testbroker::core {

/// One for the whole broker. Threads: any.
class MemoryCeiling {
public:
    explicit MemoryCeiling(std::size_t bytes) : ceiling_(static_cast<std::ptrdiff_t>(bytes)) {}
    [[nodiscard]] bool is_reached() const { return used_.load(std::memory_order_relaxed) >= ceiling_; }
    [[nodiscard]] std::size_t used() const {
        return static_cast<std::size_t>(std::max<std::ptrdiff_t>(used_.load(std::memory_order_relaxed), 0));
    }
    [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(ceiling_); }
    void add(std::ptrdiff_t difference) { used_.fetch_add(difference, std::memory_order_relaxed); }

private:
    const std::ptrdiff_t ceiling_;
    std::atomic<std::ptrdiff_t> used_{0};
};

/// A shard's part of it. Threads: one.
class MemoryAccount {
public:
    /// The ceiling is borrowed; without one everything fits.
    explicit MemoryAccount(MemoryCeiling* ceiling = nullptr) : ceiling_(ceiling) {}
    ~MemoryAccount() { settle(); }
    MemoryAccount(const MemoryAccount&) = delete;
    MemoryAccount& operator=(const MemoryAccount&) = delete;

    void add(std::ptrdiff_t difference) {
        unsettled_ += difference;
        if (unsettled_ > settle_at || unsettled_ < -settle_at) settle();
    }
    [[nodiscard]] bool is_full() const { return ceiling_ != nullptr && ceiling_->is_reached(); }
    /// Tells the ceiling what it has not been told yet; now and then, so that nothing is left out for long.
    void settle() {
        if (ceiling_ != nullptr && unsettled_ != 0) ceiling_->add(std::exchange(unsettled_, 0));
    }

private:
    // Small beside any sensible ceiling, and enough that a message that comes and goes costs no shared write.
    static constexpr std::ptrdiff_t settle_at = 64 << 10;

    MemoryCeiling* ceiling_;
    std::ptrdiff_t unsettled_ = 0;
};

/// So many bytes of an account, for as long as it lives. Threads: the account's.
class MemoryShare {
public:
    MemoryShare() = default;
    MemoryShare(MemoryAccount& account, std::size_t bytes) : account_(&account), bytes_(static_cast<std::ptrdiff_t>(bytes)) {
        account.add(bytes_);
    }
    MemoryShare(MemoryShare&& other) noexcept : account_(std::exchange(other.account_, nullptr)), bytes_(other.bytes_) {}
    MemoryShare& operator=(MemoryShare&& other) noexcept {
        std::swap(account_, other.account_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    MemoryShare(const MemoryShare&) = delete;
    MemoryShare& operator=(const MemoryShare&) = delete;
    ~MemoryShare() {
        if (account_ != nullptr) account_->add(-bytes_);
    }
    /// Now it is so many. Requires an account.
    void resize(std::size_t bytes) {
        const auto now = static_cast<std::ptrdiff_t>(bytes);
        if (now != bytes_) account_->add(now - std::exchange(bytes_, now));
    }

private:
    MemoryAccount* account_ = nullptr;
    std::ptrdiff_t bytes_ = 0;
};

}  // namespace muster::testbroker::core

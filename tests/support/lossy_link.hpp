// SPDX-License-Identifier: Apache-2.0
// A network of IP packets between two network namespaces, as bad as a test wants it: two TUN devices and a thread between them.
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace muster::test {

/// What happens to packets, each way; shares are per cent.
struct Weather {
    unsigned lost = 0;
    unsigned doubled = 0;
    unsigned late = 0;  ///< Held back, so that others overtake them.
    std::chrono::milliseconds delay{2};
    std::chrono::milliseconds late_by{20};
};

struct LinkCounts {
    std::uint64_t packets = 0;  ///< Sent by either end.
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t overtaken = 0;  ///< Arrived after one that was sent later the same way.
};

/// Joins the namespace of the thread that opens it, which is a new one, with another. Both are gone with the process, and with them the
/// devices.
/// Threads: one; one of its own does the work.
class LossyLink {
public:
    static constexpr const char* near_address = "10.77.0.1";
    static constexpr const char* far_address = "10.77.0.2";

    /// Moves the calling thread, and those that it starts, to a namespace of its own. Fails where the machine does not allow that.
    static Result<std::unique_ptr<LossyLink>> open(std::uint64_t seed);
    ~LossyLink();
    LossyLink(const LossyLink&) = delete;
    LossyLink& operator=(const LossyLink&) = delete;

    /// Runs it at the other end, on a thread of its own, and waits for it; threads and processes that it starts stay there.
    void at_far_end(const std::function<void()>& work) const;
    /// For packets from now on.
    void set_weather(const Weather& weather);
    [[nodiscard]] LinkCounts counts() const;

private:
    /// A descriptor, closed at the end.
    class Handle {
    public:
        explicit Handle(int fd = -1) : fd_(fd) {}
        Handle(Handle&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
        Handle& operator=(Handle&& other) noexcept;
        ~Handle();
        [[nodiscard]] int get() const { return fd_; }

    private:
        int fd_;
    };
    class Forwarder;
    struct End;

    LossyLink(std::uint64_t seed, Handle near, Handle far, Handle far_namespace);
    static Result<End> make_end(const char* address);
    void run();

    std::uint64_t seed_;
    Handle near_;
    Handle far_;
    Handle far_namespace_;
    Handle stop_;  // An eventfd.
    mutable std::mutex mutex_;
    Weather weather_;
    LinkCounts counts_;
    std::thread thread_;
};

}  // namespace muster::test

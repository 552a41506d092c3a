// SPDX-License-Identifier: Apache-2.0
// Waits for many file descriptors, and for tasks from other threads.
#pragma once

#include "net/socket.hpp"

#include <muster/result.hpp>

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace muster::testbroker::net {

/// What a file descriptor's events are told to.
class EventHandler {
public:
    /// A mask of EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP.
    virtual void on_events(std::uint32_t events) = 0;
    /// Its events come after the next ones: what they need may be brought into the processor's cache. Must change nothing.
    virtual void come_next() {}

protected:
    ~EventHandler() = default;
};

/// Level-triggered epoll. A handler must live until the turn after its file descriptor was forgotten has ended.
/// Threads: one, but for `post`, which any thread may call.
class EventLoop {
public:
    using Task = std::function<void()>;

    /// Fails with Code::io.
    static Result<std::unique_ptr<EventLoop>> make();

    /// Fails with Code::io if the system's limit is reached.
    Result<void> watch(int fd, std::uint32_t events, EventHandler& handler);
    void change(int fd, std::uint32_t events, EventHandler& handler);
    void forget(int fd);
    /// Runs the task in the next turn.
    void post(Task task);
    /// One turn: waits for at most `timeout`, tells the handlers, runs the tasks.
    void turn(std::chrono::milliseconds timeout);

private:
    EventLoop(Socket epoll, Socket wake_up) : epoll_(std::move(epoll)), wake_up_(std::move(wake_up)) {}
    void run_tasks();
    void prepare(int index, int count);

    static constexpr std::size_t events_per_turn = 512;
    Socket epoll_;
    Socket wake_up_;  // An eventfd, written by `post`.
    std::array<epoll_event, events_per_turn> events_{};
    std::mutex mutex_;
    std::vector<Task> tasks_;  // Guarded by mutex_.
};

}  // namespace muster::testbroker::net

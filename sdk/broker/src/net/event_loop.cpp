// SPDX-License-Identifier: Apache-2.0
// Waits for many file descriptors, and for tasks from other threads.
#include "net/event_loop.hpp"

#include "base/files.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace muster::testbroker::net {
namespace {

constexpr std::size_t bytes_per_line = 64;
constexpr std::size_t handler_lines = 3;  // Of a connection, whose handlers are all but a few.

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::make() {
    Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
    Socket wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll || !wake_up) return Error{Code::io, "the system gives no epoll or no eventfd", "raise the limit of open files (ulimit -n)"};
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    if (::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, wake_up.fd(), &event) != 0)
        return base::system_error(errno, "cannot watch an eventfd", "epoll");
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), std::move(wake_up)));
}

Result<void> EventLoop::watch(int fd, std::uint32_t events, EventHandler& handler) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) != 0) return base::system_error(errno, "cannot watch a connection", "epoll");
    return {};
}

void EventLoop::change(int fd, std::uint32_t events, EventHandler& handler) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    ::epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, fd, &event);  // Fails only for a descriptor that is not watched.
}

void EventLoop::forget(int fd) {
    ::epoll_ctl(epoll_.fd(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::post(Task task) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = tasks_.empty();
        tasks_.push_back(std::move(task));
    }
    if (!was_empty) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_.fd(), &one, sizeof one);  // Full means awake.
}

void EventLoop::turn(std::chrono::milliseconds timeout) {
    const int count = ::epoll_wait(epoll_.fd(), events_.data(), static_cast<int>(events_.size()), static_cast<int>(timeout.count()));
    bool has_tasks = false;
    for (int i = 0; i < count; ++i) {
        prepare(i + 1, count);
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
            has_tasks = true;
        } else {
            static_cast<EventHandler*>(event.data.ptr)->on_events(event.events);
        }
    }
    if (has_tasks) run_tasks();
}

// A thousand connections that each say little are all out of the cache when their turn comes, and a read takes longer than to fetch them.
void EventLoop::prepare(int index, int count) {
    if (index + 1 < count) {
        const auto* const after = static_cast<const char*>(events_[static_cast<std::size_t>(index) + 1].data.ptr);
        for (std::size_t line = 0; line < handler_lines; ++line) __builtin_prefetch(after + line * bytes_per_line);
    }
    if (index >= count) return;
    void* const next = events_[static_cast<std::size_t>(index)].data.ptr;
    if (next != nullptr) static_cast<EventHandler*>(next)->come_next();
}

void EventLoop::run_tasks() {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto count = ::read(wake_up_.fd(), &ignored, sizeof ignored);
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
}

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// A loop over the tunnels of a fleet.
#include "simulate/gateway.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::uint64_t wake_id = 0;
constexpr std::uint64_t first_line_id = 1;
constexpr std::uint64_t first_listener_id = 1ULL << 62U;
constexpr int events_at_once = 256;

Error system_error(const char* what) {
    return {Code::io, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace

Gateway::Gateway(std::uint32_t devices, MqttProxy beyond)
    : beyond_(std::move(beyond)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      cuts_(devices),
      next_id_(first_line_id) {
    MUSTER_REQUIRE(epoll_ >= 0 && wake_ >= 0);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = wake_id}};
    MUSTER_REQUIRE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
}

Result<void> Gateway::listen() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) return system_error("a socket cannot be made");
    epoll_event event{.events = EPOLLIN, .data = {.u64 = first_listener_id + listeners_.size()}};
    listeners_.push_back(listener);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    const bool listens = ::bind(listener, plain, size) == 0 && ::listen(listener, SOMAXCONN) == 0 &&
                         ::getsockname(listener, plain, &size) == 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event) == 0;
    if (!listens) return system_error("nothing can listen on loopback");
    urls_.push_back("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    return {};
}

Result<std::unique_ptr<Gateway>> Gateway::start(std::uint32_t devices, MqttProxy beyond) {
    std::unique_ptr<Gateway> gateway(new Gateway(devices, std::move(beyond)));
    for (std::uint32_t device = 0; device < devices; ++device) {
        if (auto listens = gateway->listen(); !listens) return std::move(listens).error();
    }
    gateway->thread_ = std::thread([&all = *gateway] { all.run(); });
    return gateway;
}

Gateway::~Gateway() {
    is_over_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
    lines_.clear();
    for (const int fd : listeners_) ::close(fd);
    ::close(epoll_);
    ::close(wake_);
}

void Gateway::wake() const {
    const std::uint64_t one = 1;
    // A full counter is a wake-up too.
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof(one));
}

void Gateway::cut(const std::vector<std::uint32_t>& devices, bool is_silent) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto device : devices) {
            ++(is_silent ? cuts_[device].silences : cuts_[device].resets);
            cuts_[device].is_struck = cuts_[device].is_struck || !is_silent;
        }
    }
    wake();
}

void Gateway::restore(const std::vector<std::uint32_t>& devices, bool is_silent) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto device : devices) --(is_silent ? cuts_[device].silences : cuts_[device].resets);
    }
    wake();
}

void Gateway::restore_all() {
    {
        const std::lock_guard lock(mutex_);
        cuts_.assign(cuts_.size(), Cuts{});
    }
    wake();
}

Reach Gateway::reach_of(std::uint32_t device) {
    const std::lock_guard lock(mutex_);
    if (cuts_[device].resets > 0) return Reach::reset;
    return cuts_[device].silences > 0 ? Reach::silent : Reach::open;
}

void Gateway::watch(int fd, std::uint64_t id, std::uint32_t& had, std::uint32_t wanted) const {
    if (fd < 0 || had == wanted) return;
    // What nobody waits for is not watched at all: an end would be told again and again.
    const int operation = wanted == 0 ? EPOLL_CTL_DEL : had == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_event event{.events = wanted, .data = {.u64 = id}};
    had = ::epoll_ctl(epoll_, operation, fd, &event) == 0 ? wanted : 0;
}

void Gateway::accept_all(std::uint32_t device) {
    while (true) {
        const int fd = ::accept4(listeners_[device], nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        const std::uint64_t id = next_id_++;
        lines_[id].line = std::make_unique<GatewayLine>(Stream::adopt(fd), device, reach_of(device) != Reach::reset, beyond_);
        handle(id);
    }
}

void Gateway::look_at(std::uint64_t id, Watched& watched) {
    GatewayLine& line = *watched.line;
    const Reach reach = reach_of(line.device());
    line.freeze(reach == Reach::silent);
    if (reach == Reach::reset && !line.is_refused()) line.close();
    if (line.state() == GatewayLine::State::asked) line.admit();
    if (line.state() == GatewayLine::State::closed) return;
    watch(line.client_fd(), id, watched.client_events, line.client_events());
    watch(line.server_fd(), id, watched.server_events, line.server_events());
}

void Gateway::handle(std::uint64_t id) {
    const auto found = lines_.find(id);
    if (found == lines_.end()) return;
    found->second.line->go_on();
    look_at(id, found->second);
    if (found->second.line->state() == GatewayLine::State::closed) lines_.erase(found);
}

void Gateway::apply_cuts() {
    std::uint64_t wakes = 0;
    [[maybe_unused]] const auto got = ::read(wake_, &wakes, sizeof(wakes));
    std::vector<bool> struck;
    {
        const std::lock_guard lock(mutex_);
        for (auto& cut : cuts_) struck.push_back(std::exchange(cut.is_struck, false));
    }
    for (auto at = lines_.begin(); at != lines_.end();) {
        if (struck[at->second.line->device()] && !at->second.line->is_refused()) at->second.line->close();
        look_at(at->first, at->second);
        at = at->second.line->state() == GatewayLine::State::closed ? lines_.erase(at) : std::next(at);
    }
}

void Gateway::run() {
    std::array<epoll_event, events_at_once> events{};
    while (!is_over_) {
        const int count = ::epoll_wait(epoll_, events.data(), events_at_once, -1);
        for (int i = 0; i < count; ++i) {
            const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
            if (id == wake_id) {
                apply_cuts();
            } else if (id >= first_listener_id) {
                accept_all(static_cast<std::uint32_t>(id - first_listener_id));
            } else {
                handle(id);
            }
        }
    }
}

}  // namespace muster::fleet

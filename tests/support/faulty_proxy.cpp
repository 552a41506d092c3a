// SPDX-License-Identifier: Apache-2.0
// The network between a client and a broker, as bad as a test wants it: a TCP proxy.
#include "support/faulty_proxy.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

namespace muster::test {
namespace {

using Clock = std::chrono::steady_clock;

// One read; also what a direction holds before it reads on, so that a slow wire slows its sender down.
constexpr std::size_t chunk_bytes = 16'384;
// A limited wire carries what it may in so many portions a second, but at least a byte.
constexpr std::uint64_t portions_per_second = 50;
constexpr std::chrono::seconds wait_limit{20};

struct Held {
    std::string bytes;
    Clock::time_point due;
};

// From one socket to the other.
struct Direction {
    int from;
    int to;
    Wire wire;
    std::uint64_t passed = 0;  // Of `wire.pass`.
    std::deque<Held> held;
    std::size_t held_bytes = 0;
    Clock::time_point next_portion{};
    bool is_at_end = false;
    bool has_struck = false;
};

int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
    ::close(fd);
    return -1;
}

void prepare(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
}

void reset(int fd) {
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

}  // namespace

class FaultyProxy::Connection {
public:
    Connection(int client, int broker, const Wires& wires)
        : client_(client),
          broker_(broker),
          to_broker_{client, broker, wires.to_broker, 0, {}, 0, {}, false, false},
          to_client_{broker, client, wires.to_client, 0, {}, 0, {}, false, false} {
        prepare(client);
        prepare(broker);
    }
    ~Connection() {
        ::close(client_);
        ::close(broker_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void set(const Wires& wires) {
        for (auto [direction, wire] : {std::pair(&to_broker_, &wires.to_broker), std::pair(&to_client_, &wires.to_client)}) {
            direction->wire = *wire;
            direction->passed = 0;
            direction->has_struck = false;
        }
    }
    /// False when it is over.
    bool turn(Clock::time_point now, ProxyCounts& counts) {
        for (Direction* direction : {&to_broker_, &to_client_}) {
            if (!read(*direction, now, counts) || !write(*direction, now, counts) || !strike(*direction, counts)) return false;
        }
        return !(is_done(to_broker_) && is_done(to_client_));
    }
    void poll_for(std::vector<pollfd>& wanted, std::optional<Clock::time_point>& next) const {
        pollfd client{client_, 0, 0};
        pollfd broker{broker_, 0, 0};
        add(to_broker_, client, broker, next);
        add(to_client_, broker, client, next);
        for (const auto& one : {client, broker}) {
            if (one.events != 0) wanted.push_back(one);
        }
    }

private:
    [[nodiscard]] static bool is_exhausted(const Direction& direction) {
        return direction.wire.strike != Strike::nothing && direction.passed >= direction.wire.pass;
    }
    [[nodiscard]] static bool is_done(const Direction& direction) { return direction.is_at_end && direction.held.empty(); }
    [[nodiscard]] static bool may_read(const Direction& direction) {
        if (direction.is_at_end) return false;
        if (is_exhausted(direction) && direction.wire.strike == Strike::stop_reading) return !direction.has_struck;
        return direction.held_bytes < chunk_bytes;
    }
    static void add(const Direction& direction, pollfd& from, pollfd& to, std::optional<Clock::time_point>& next) {
        if (may_read(direction)) from.events |= POLLIN;
        if (direction.held.empty() || is_exhausted(direction)) return;
        const auto due = std::max(direction.held.front().due, direction.next_portion);
        if (due <= Clock::now()) {
            to.events |= POLLOUT;
        } else if (!next || due < *next) {
            next = due;
        }
    }
    // False if an end is gone and the other one may know.
    bool read(Direction& direction, Clock::time_point now, ProxyCounts& counts) const {
        if (!may_read(direction)) return true;
        const bool is_struck = is_exhausted(direction);
        std::array<char, chunk_bytes> buffer{};
        const bool only_looks = is_struck && direction.wire.strike == Strike::stop_reading;
        const auto got = ::recv(direction.from, buffer.data(), buffer.size(), only_looks ? MSG_PEEK : 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        if (got <= 0) {
            direction.is_at_end = true;
            if (is_struck) return direction.from == broker_;  // The client is not told: its packets vanish as before.
            return got == 0;
        }
        if (is_struck && (only_looks || direction.wire.strike == Strike::swallow)) {
            counts.strikes += std::exchange(direction.has_struck, true) ? 0U : 1U;
            if (!only_looks) counts.swallowed += static_cast<std::uint64_t>(got);
            return true;
        }
        direction.held.push_back({std::string(buffer.data(), static_cast<std::size_t>(got)), now + direction.wire.delay});
        direction.held_bytes += static_cast<std::size_t>(got);
        return true;
    }
    // False if the receiver is gone.
    bool write(Direction& direction, Clock::time_point now, ProxyCounts& counts) {
        while (!direction.held.empty() && !is_exhausted(direction)) {
            auto& first = direction.held.front();
            if (first.due > now || direction.next_portion > now) return true;
            std::uint64_t portion = first.bytes.size();
            if (direction.wire.strike != Strike::nothing) portion = std::min(portion, direction.wire.pass - direction.passed);
            if (const auto rate = direction.wire.bytes_per_second; rate != 0) {
                portion = std::min(portion, std::max<std::uint64_t>(1, rate / portions_per_second));
            }
            const auto sent = ::send(direction.to, first.bytes.data(), portion, MSG_NOSIGNAL);
            if (sent < 0) return errno == EAGAIN || errno == EINTR;
            const auto bytes = static_cast<std::uint64_t>(sent);
            if (const auto rate = direction.wire.bytes_per_second; rate != 0) {
                direction.next_portion = now + std::chrono::microseconds(bytes * 1'000'000 / rate);
            }
            (&direction == &to_broker_ ? counts.to_broker : counts.to_client) += bytes;
            direction.passed += bytes;
            direction.held_bytes -= bytes;
            first.bytes.erase(0, bytes);
            if (first.bytes.empty()) direction.held.pop_front();
        }
        if (is_done(direction) && !is_exhausted(direction)) ::shutdown(direction.to, SHUT_WR);
        return true;
    }
    // False if the strike ends the connection.
    bool strike(Direction& direction, ProxyCounts& counts) const {
        if (!is_exhausted(direction)) return true;
        const auto what = direction.wire.strike;
        if (what == Strike::reset || what == Strike::cut) {
            if (what == Strike::reset) {
                reset(client_);
                reset(broker_);
            }
            ++counts.strikes;
            return false;
        }
        if (!direction.held.empty() && !std::exchange(direction.has_struck, true)) ++counts.strikes;
        if (what == Strike::swallow) counts.swallowed += direction.held_bytes;
        if (what == Strike::stop_reading && !direction.held.empty()) return true;  // It holds what it has read.
        direction.held.clear();
        direction.held_bytes = 0;
        return true;
    }

    int client_;
    int broker_;
    Direction to_broker_;
    Direction to_client_;
};

FaultyProxy::FaultyProxy(std::uint16_t broker_port, Plan plan)
    : broker_port_(broker_port), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), plan_(std::move(plan)), thread_([this] { run(); }) {}

FaultyProxy::~FaultyProxy() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
    ::close(wake_);
}

void FaultyProxy::wake() const {
    static_cast<void>(::eventfd_write(wake_, 1));
}

void FaultyProxy::set_plan(Plan plan) {
    const std::lock_guard lock(mutex_);
    plan_ = std::move(plan);
}

void FaultyProxy::strike(const Wires& wires) {
    {
        const std::lock_guard lock(mutex_);
        orders_.push_back(wires);
    }
    wake();
}

ProxyCounts FaultyProxy::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

bool FaultyProxy::wait(const std::function<bool(const ProxyCounts&)>& is_true) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, wait_limit, [&] { return is_true(counts_); });
}

bool FaultyProxy::take_orders() {
    eventfd_t ignored = 0;
    static_cast<void>(::eventfd_read(wake_, &ignored));
    const std::lock_guard lock(mutex_);
    for (const auto& wires : std::exchange(orders_, {})) {
        for (auto& connection : connections_) connection->set(wires);
    }
    return !stopping_;
}

void FaultyProxy::accept_one() {
    const int client = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int broker = connect_to(broker_port_);
    const std::lock_guard lock(mutex_);
    const auto nth = counts_.connections++;
    if (broker < 0) {
        ::close(client);
        return;
    }
    connections_.push_back(std::make_unique<Connection>(client, broker, plan_ ? plan_(nth) : Wires{}));
}

void FaultyProxy::run() {
    while (take_orders()) {
        std::vector<pollfd> wanted{{wake_, POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
        std::optional<Clock::time_point> next;
        for (const auto& connection : connections_) connection->poll_for(wanted, next);
        int timeout = -1;
        if (next)
            timeout =
                static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count()));
        ::poll(wanted.data(), wanted.size(), timeout);
        if ((wanted[1].revents & POLLIN) != 0) accept_one();
        {
            const std::lock_guard lock(mutex_);
            const auto now = Clock::now();
            const auto is_over = [&](const auto& connection) { return !connection->turn(now, counts_); };
            connections_.erase(std::remove_if(connections_.begin(), connections_.end(), is_over), connections_.end());
        }
        changed_.notify_all();
    }
    connections_.clear();
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Bytes from one connection to another and back, until both have ended.
#include "transport/pump.hpp"

#include "transport/tls_alert.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

namespace muster::transport {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t buffer_size = 16 << 10;
// How long a server may take to end its side after the client has ended the other. A socket that is closed with bytes unread is reset, and
// the client's last words with it.
constexpr std::chrono::milliseconds longest_farewell{1'000};
// How long a stop may wait for a server that does not read.
constexpr std::chrono::milliseconds longest_last_words{100};

class Direction {
public:
    /// `before_end` is called before the reader is told of the end.
    Direction(int from, int to, std::function<void()> before_end) : from_(from), to_(to), before_end_(std::move(before_end)) {}

    /// Passes on what there is; false if nobody is there to take it.
    bool move() {
        // A turn is bounded, so that the other direction has its own.
        for (int turn = 0; turn < 8; ++turn) {
            if (!flush()) return false;
            if (begin_ < end_) return true;
            if (has_ended_) return finish();
            const auto got = ::recv(from_, buffer_.data(), buffer_.size(), 0);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
            begin_ = 0;
            end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
            has_ended_ = got <= 0;  // A reset comes behind what was said before it.
            tail_.add({buffer_.data(), end_});
        }
        return true;
    }
    [[nodiscard]] bool is_over() const { return is_finished_; }
    [[nodiscard]] const TlsTail& tail() const { return tail_; }
    [[nodiscard]] int wants_from() const { return begin_ == end_ && !has_ended_ ? POLLIN : 0; }
    [[nodiscard]] int wants_to() const { return begin_ < end_ ? POLLOUT : 0; }

    bool send_first(const std::string& text) {
        std::size_t sent = 0;
        while (sent < text.size()) {
            const auto put = ::send(to_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (put < 0) return false;  // A few bytes on a new connection always fit.
            sent += static_cast<std::size_t>(put);
        }
        return true;
    }

private:
    bool flush() {
        while (begin_ < end_) {
            const auto put = ::send(to_, buffer_.data() + begin_, end_ - begin_, MSG_NOSIGNAL);
            if (put < 0) return errno == EAGAIN || errno == EINTR;
            begin_ += static_cast<std::size_t>(put);
        }
        return true;
    }
    bool finish() {
        if (std::exchange(is_finished_, true)) return true;
        before_end_();
        ::shutdown(to_, SHUT_WR);
        return true;
    }

    const int from_;
    const int to_;
    const std::function<void()> before_end_;
    std::array<char, buffer_size> buffer_{};
    TlsTail tail_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool has_ended_ = false;
    bool is_finished_ = false;
};

// Reads what nobody wants any more; false if there was the end.
bool discard(int socket) {
    std::array<char, 1'024> buffer{};
    for (;;) {
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 && errno == EAGAIN;
    }
}

int left_until(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

// One that is waited for nothing is left out: its end would be told again and again.
pollfd watch(int fd, int events) {
    return {events == 0 ? -1 : fd, static_cast<short>(events), 0};
}

// The client has gone, its last words have been passed on.
void farewell(int server, int stop) {
    const auto deadline = Clock::now() + longest_farewell;
    while (discard(server)) {
        std::array<pollfd, 2> polled{{{server, POLLIN, 0}, {stop, POLLIN, 0}}};
        if (::poll(polled.data(), polled.size(), left_until(deadline)) <= 0 || polled[1].revents != 0) break;
    }
}

// The client has been told of the end, and may write on until it has read that: Paho frees a PUBLISH twice whose write fails.
void dismiss(int client, int stop) {
    ::shutdown(client, SHUT_WR);
    while (discard(client)) {
        std::array<pollfd, 2> polled{{{client, POLLIN, 0}, {stop, POLLIN, 0}}};
        if ((::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) || polled[1].revents != 0) break;
    }
}

void pass_last_words(Direction& to_server, int server) {
    const auto deadline = Clock::now() + longest_last_words;
    while (to_server.move() && to_server.wants_to() != 0) {
        pollfd polled{server, POLLOUT, 0};
        if (::poll(&polled, 1, left_until(deadline)) <= 0) break;
    }
    ::shutdown(server, SHUT_WR);
    discard(server);
}

}  // namespace

void pump(int client, int server, int stop, const std::string& first, std::atomic<bool>& is_cut_off) {
    Direction to_server(client, server, [] {});
    bool is_known = false;  // What is said after the end is no reason for it.
    const auto server_has_ended = [&](const Direction& to_client) {
        if (!std::exchange(is_known, true)) is_cut_off = !to_client.tail().is_alert() && !to_server.tail().is_alert();
    };
    Direction to_client(server, client, [&] { server_has_ended(to_client); });
    bool is_taken = to_server.send_first(first);
    for (;;) {
        is_taken = is_taken && to_server.move();
        if (!is_taken) {
            static_cast<void>(to_client.move());  // What the server has said before it went.
            server_has_ended(to_client);
            return dismiss(client, stop);
        }
        if (to_server.is_over()) return farewell(server, stop);
        if (!to_client.move()) {
            // Paho has closed its socket; what it wrote before comes first.
            pass_last_words(to_server, server);
            return;
        }
        std::array<pollfd, 3> polled{{watch(client, to_server.wants_from() | to_client.wants_to()),
                                      watch(server, to_client.wants_from() | to_server.wants_to()), watch(stop, POLLIN)}};
        if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
        if (polled[2].revents != 0) return pass_last_words(to_server, server);
    }
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// The physical limit: reads fixed headers only and forwards every PUBLISH as it is to the one subscriber. No sessions, no topics, no
// checks.
//
// Everything that an epoll turn reads lies in one arena, one whole frame after the other, so that a turn is one write to the subscriber.
#include "answers.hpp"
#include "listener.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace muster::bench {
namespace {

constexpr int events_at_once = 1'024;
constexpr std::size_t arena_bytes = 8U << 20U;
constexpr std::size_t bytes_per_read = 64U << 10U;
// What the subscriber has not taken; above it the relay waits for it before it reads on.
constexpr std::size_t max_held_bytes = 16U << 20U;
constexpr std::size_t topic_length_bytes = 2;

struct Peer {
    bool is_open = false;
    bool is_v5 = false;
    std::unique_ptr<std::string> partial;  // The beginning of a frame; almost never there.
};

class Relay {
public:
    explicit Relay(int listener) : listener_(listener), epoll_(::epoll_create1(EPOLL_CLOEXEC)), arena_(arena_bytes) {
        watch(listener_, EPOLL_CTL_ADD, EPOLLIN);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, events_at_once> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), events_at_once, -1);
            for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
            forward();
        }
    }

private:
    void watch(int fd, int operation, std::uint32_t what) const {
        epoll_event event{.events = what, .data = {.fd = fd}};
        ::epoll_ctl(epoll_, operation, fd, &event);
    }

    void handle(const epoll_event& event) {
        const int fd = event.data.fd;
        if (fd == listener_) return accept_all();
        if (fd == subscriber_ && (event.events & EPOLLOUT) != 0) send_held();
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(fd);
    }

    void accept_all() {
        for (int fd = accept_one(listener_); fd >= 0; fd = accept_one(listener_)) {
            if (peers_.size() <= static_cast<std::size_t>(fd)) peers_.resize(static_cast<std::size_t>(fd) + 1);
            peer(fd).is_open = true;
            watch(fd, EPOLL_CTL_ADD, EPOLLIN);
        }
    }

    Peer& peer(int fd) { return peers_[static_cast<std::size_t>(fd)]; }

    void close(int fd) {
        ::close(fd);
        peer(fd) = Peer();
        if (fd == subscriber_) subscriber_ = -1;
    }

    void read(int fd) {
        if (!peer(fd).is_open) return;
        auto& partial = peer(fd).partial;
        const std::size_t kept = partial ? partial->size() : 0;
        if (arena_.size() - used_ < kept + bytes_per_read) forward();
        char* const start = arena_.data() + used_;
        if (kept > 0) partial->copy(start, kept);
        const auto got = ::recv(fd, start + kept, bytes_per_read, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return close(fd);
        const std::string_view bytes(start, kept + static_cast<std::size_t>(got));
        const std::size_t whole = take_frames(fd, bytes);
        partial = whole == bytes.size() ? nullptr : std::make_unique<std::string>(bytes.substr(whole));
        if (!answer_.empty()) answer(fd);
    }

    /// Publishes stay where they are and wait for `forward`; all else is answered. How many bytes were whole frames.
    std::size_t take_frames(int fd, std::string_view bytes) {
        std::size_t whole = 0;
        for (FrameView frame = next_frame(bytes); frame.size > 0; frame = next_frame(bytes.substr(whole))) {
            const std::string_view packet = bytes.substr(whole, frame.size);
            whole += frame.size;
            if (frame.type == wire::PacketType::publish) {
                take_publish(packet, frame);
            } else {
                answer_control(fd, frame.type, packet.substr(frame.header));
            }
        }
        return whole;
    }

    void take_publish(std::string_view packet, const FrameView& frame) {
        if ((frame.flags & 6U) != 0) {
            const std::size_t topic_at = frame.header + topic_length_bytes;
            const std::size_t topic_size = byte_at(packet, frame.header) << 8U | byte_at(packet, frame.header + 1);
            append_puback(packet.substr(topic_at + topic_size, 2), answer_);
        }
        // What control packets leave free behind the last publish is closed up, so that all of a turn is in one piece.
        if (packet.data() != arena_.data() + used_) std::char_traits<char>::move(arena_.data() + used_, packet.data(), packet.size());
        used_ += packet.size();
    }

    void answer_control(int fd, wire::PacketType type, std::string_view body) {
        switch (type) {
            case wire::PacketType::connect:
                peer(fd).is_v5 = is_version_5(body);
                return append_connack(peer(fd).is_v5, answer_);
            case wire::PacketType::subscribe:
                subscriber_ = fd;
                return append_suback(body, peer(fd).is_v5, answer_);
            case wire::PacketType::pingreq:
                return append_pingresp(answer_);
            default:
                return;  // The subscriber's PUBACKs among others.
        }
    }

    // A few bytes into a socket that has room: the clients wait for them.
    void answer(int fd) {
        [[maybe_unused]] const auto sent = ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        answer_.clear();
    }

    void forward() {
        const std::string_view turn(arena_.data(), used_);
        used_ = 0;
        if (turn.empty() || subscriber_ < 0) return;
        if (!held_.empty()) {
            held_ += turn;
            if (held_.size() > max_held_bytes) wait_for_subscriber();
            return;
        }
        const auto sent = ::send(subscriber_, turn.data(), turn.size(), MSG_NOSIGNAL);
        const std::size_t taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
        if (taken == turn.size()) return;
        held_.assign(turn.substr(taken));
        watch(subscriber_, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }

    void send_held() {
        const auto sent = ::send(subscriber_, held_.data(), held_.size(), MSG_NOSIGNAL);
        if (sent > 0) held_.erase(0, static_cast<std::size_t>(sent));
        if (held_.empty()) watch(subscriber_, EPOLL_CTL_MOD, EPOLLIN);
    }

    void wait_for_subscriber() {
        pollfd wait{subscriber_, POLLOUT, 0};
        if (::poll(&wait, 1, -1) > 0) send_held();
    }

    int listener_;
    int epoll_;
    int subscriber_ = -1;
    std::vector<Peer> peers_;  // By descriptor.
    std::vector<char> arena_;
    std::size_t used_ = 0;  // Of the arena, by whole publishes.
    std::string answer_;
    std::string held_;
};

}  // namespace
}  // namespace muster::bench

int main() {
    muster::bench::allow_many_files();
    muster::bench::Relay(muster::bench::listen_on_loopback()).run();
}

// SPDX-License-Identifier: Apache-2.0
// A network of IP packets between two network namespaces: the namespaces, their TUN devices, and what carries packets between them.
#include "support/lossy_link.hpp"

#include "base/random.hpp"
#include "support/seeded_random.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace muster::test {
namespace {

using Clock = std::chrono::steady_clock;

// A small one: what is written at once travels in many packets.
constexpr int largest_packet = 400;

Error failed(const std::string& what) {
    return Error{Code::io, what + ": " + std::strerror(errno)};
}

bool write_line(const char* path, const std::string& line) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool is_written = fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (fd >= 0) ::close(fd);
    return is_written;
}

// Who is not root becomes it in a user namespace, which only a process of one thread may make.
Result<void> enter_new_network() {
    if (::unshare(CLONE_NEWNET) == 0) return {};
    const auto user = std::to_string(::getuid());
    const auto group = std::to_string(::getgid());
    if (errno != EPERM || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return failed("no network namespace");
    // Files are made in the name of somebody that the namespace knows.
    const bool is_mapped = write_line("/proc/self/setgroups", "deny") && write_line("/proc/self/uid_map", "0 " + user + " 1") &&
                           write_line("/proc/self/gid_map", "0 " + group + " 1");
    if (!is_mapped) return failed("no user namespace");
    return {};
}

bool set_address(int socket, unsigned long request, ifreq& device, const char* address) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &in.sin_addr);
    std::memcpy(&device.ifr_addr, &in, sizeof(in));
    return ::ioctl(socket, request, &device) == 0;
}

bool set_largest_packet(int socket, ifreq& device) {
    device.ifr_mtu = largest_packet;
    return ::ioctl(socket, SIOCSIFMTU, &device) == 0;
}

bool raise(int socket, ifreq& device) {
    device.ifr_flags = IFF_UP | IFF_RUNNING;
    return ::ioctl(socket, SIOCSIFFLAGS, &device) == 0;
}

// Of the calling thread's namespace: a TUN device of that name and address, and the loopback device.
bool set_up(const char* name, const char* address) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq tun{};
    std::string_view(name).copy(tun.ifr_name, IFNAMSIZ - 1);  // The rest is zero.
    ifreq loopback{};
    std::string_view("lo").copy(loopback.ifr_name, IFNAMSIZ - 1);
    const bool is_up = set_address(socket, SIOCSIFADDR, tun, address) && set_address(socket, SIOCSIFNETMASK, tun, "255.255.255.0") &&
                       set_largest_packet(socket, tun) && raise(socket, tun) && raise(socket, loopback);
    ::close(socket);
    return is_up;
}

struct Packet {
    std::uint64_t number = 0;  // In the order of sending.
    std::string bytes;
};

// What is on its way to one end, by when it is due.
struct Way {
    int from = -1;
    int to = -1;
    std::multimap<Clock::time_point, Packet> due;
    std::uint64_t sent = 0;
    std::uint64_t latest_arrived = 0;
};

}  // namespace

LossyLink::Handle& LossyLink::Handle::operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

LossyLink::Handle::~Handle() {
    if (fd_ >= 0) ::close(fd_);
}

struct LossyLink::End {
    Handle device;
    Handle network;
};

// In a namespace of its own, which the calling thread enters.
Result<LossyLink::End> LossyLink::make_end(const char* address) {
    if (auto entered = enter_new_network(); !entered) return std::move(entered).error();
    Handle device(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (device.get() < 0) return failed("/dev/net/tun");
    ifreq tun{};
    tun.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::strncpy(tun.ifr_name, "muster0", IFNAMSIZ - 1);
    if (::ioctl(device.get(), TUNSETIFF, &tun) != 0) return failed("no TUN device");
    if (!set_up(tun.ifr_name, address)) return failed("the TUN device has no address");
    Handle network(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (network.get() < 0) return failed("/proc/thread-self/ns/net");
    return End{std::move(device), std::move(network)};
}

Result<std::unique_ptr<LossyLink>> LossyLink::open(std::uint64_t seed) {
    auto near = make_end(near_address);
    if (!near) return std::move(near).error();
    std::optional<Result<End>> far;
    std::thread([&far] { far = make_end(far_address); }).join();
    if (!*far) return std::move(*far).error();
    return std::unique_ptr<LossyLink>(new LossyLink(seed, std::move(near->device), std::move((*far)->device), std::move((*far)->network)));
}

LossyLink::LossyLink(std::uint64_t seed, Handle near, Handle far, Handle far_namespace)
    : seed_(seed),
      near_(std::move(near)),
      far_(std::move(far)),
      far_namespace_(std::move(far_namespace)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

LossyLink::~LossyLink() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void LossyLink::at_far_end(const std::function<void()>& work) const {
    std::thread([&] {
        MUSTER_REQUIRE(::setns(far_namespace_.get(), CLONE_NEWNET) == 0);
        work();
    }).join();
}

void LossyLink::set_weather(const Weather& weather) {
    const std::lock_guard lock(mutex_);
    weather_ = weather;
}

LinkCounts LossyLink::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

/// Carries packets. Threads: the link's own.
class LossyLink::Forwarder {
public:
    explicit Forwarder(LossyLink& link) : link_(link), random_(link.seed_) {
        ways_[0].from = ways_[1].to = link.near_.get();
        ways_[0].to = ways_[1].from = link.far_.get();
    }

    /// Until the link is closed.
    void run() {
        std::array<pollfd, 3> polled{pollfd{ways_[0].from, POLLIN, 0}, pollfd{ways_[1].from, POLLIN, 0},
                                     pollfd{link_.stop_.get(), POLLIN, 0}};
        while (true) {
            ::poll(polled.data(), polled.size(), milliseconds_to_next());
            if (polled[2].revents != 0) return;
            for (auto& way : ways_) {
                take(way);
                deliver(way);
            }
        }
    }

private:
    [[nodiscard]] bool happens(unsigned percent) { return base::draw_up_to(random_, 99) < percent; }

    [[nodiscard]] int milliseconds_to_next() const {
        std::optional<Clock::time_point> next;
        for (const auto& way : ways_) {
            if (!way.due.empty()) next = std::min(next.value_or(way.due.begin()->first), way.due.begin()->first);
        }
        if (!next) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }

    void take(Way& way) {
        for (auto count = ::read(way.from, buffer_.data(), buffer_.size()); count > 0;
             count = ::read(way.from, buffer_.data(), buffer_.size())) {
            const std::lock_guard lock(link_.mutex_);
            const Weather& weather = link_.weather_;
            ++link_.counts_.packets;
            if (happens(weather.lost)) {
                ++link_.counts_.lost;
                continue;
            }
            const Packet packet{++way.sent, std::string(buffer_.data(), static_cast<std::size_t>(count))};
            send(way, packet, weather);
            if (!happens(weather.doubled)) continue;
            ++link_.counts_.doubled;
            send(way, packet, weather);
        }
    }

    void send(Way& way, const Packet& packet, const Weather& weather) {
        way.due.emplace(Clock::now() + weather.delay + (happens(weather.late) ? weather.late_by : std::chrono::milliseconds(0)), packet);
    }

    void deliver(Way& way) {
        while (!way.due.empty() && way.due.begin()->first <= Clock::now()) {
            const Packet packet = std::move(way.due.begin()->second);
            way.due.erase(way.due.begin());
            if (packet.number < way.latest_arrived) {
                const std::lock_guard lock(link_.mutex_);
                ++link_.counts_.overtaken;
            }
            way.latest_arrived = std::max(way.latest_arrived, packet.number);
            static_cast<void>(::write(way.to, packet.bytes.data(), packet.bytes.size()) < 0);  // A full queue loses it, as they do.
        }
    }

    LossyLink& link_;
    SeededRandom random_;
    std::array<Way, 2> ways_;
    std::array<char, std::size_t{largest_packet}> buffer_{};
};

void LossyLink::run() {
    Forwarder(*this).run();
}

}  // namespace muster::test

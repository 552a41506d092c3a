// SPDX-License-Identifier: Apache-2.0
// Blocking steps over a socket that does not block.
#include "probe/channel.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace muster::fleet::probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t read_bytes = 16'384;
constexpr milliseconds goodbye{500};

Result<SocketAddress> parse_address(const std::string& address, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return Error{Code::invalid_argument, "'" + address + "' is no address"};
    SocketAddress result;
    std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
    result.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return result;
}

/// While it lives, what this thread writes to a connection that is gone is an error and no signal: OpenSSL writes without MSG_NOSIGNAL.
class SilentPipe {
public:
    SilentPipe() {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~SilentPipe() {
        const timespec now{};
        if (::sigismember(&before_, SIGPIPE) == 0) ::sigtimedwait(&pipe_, nullptr, &now);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    SilentPipe(const SilentPipe&) = delete;
    SilentPipe& operator=(const SilentPipe&) = delete;

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

Error ended(const Transfer& transfer) {
    if (transfer.why != nullptr) return {Code::tls, std::string("TLS: ") + transfer.why};
    return {Code::unreachable, "the other side has closed the connection"};
}

}  // namespace

Result<void> Channel::wait(short events, Deadline deadline) const {
    pollfd socket{stream_.fd(), events, 0};
    while (true) {
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
        const int ready = ::poll(&socket, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
        if (ready > 0) return {};
        if (ready == 0) return Error{Code::timeout, "no answer in time"};
        if (errno != EINTR) return Error{Code::io, std::string("poll: ") + std::strerror(errno)};
    }
}

Result<Channel> Channel::open(const std::string& address, std::uint16_t port, Deadline deadline) {
    const auto target = parse_address(address, port);
    if (!target) return target.error();
    auto stream = Stream::connect(*target, 0);
    if (!stream) return std::move(stream).error();
    Channel channel(std::move(*stream));
    if (auto waited = channel.wait(POLLOUT, deadline); !waited) return std::move(waited).error();
    if (auto failure = channel.stream_.connect_failure()) return std::move(*failure);
    return channel;
}

Result<void> Channel::secure(SslHandle ssl, Deadline deadline) {
    if (SSL_set_fd(ssl.get(), stream_.fd()) != 1) return Error{Code::tls, "TLS cannot use the socket"};
    stream_.secure(std::move(ssl));
    const SilentPipe silent;
    while (true) {
        auto done = stream_.shake_hands();
        if (!done) return std::move(done).error();
        if (*done) return {};
        if (auto waited = wait(stream_.waits_for_room() ? POLLOUT : POLLIN, deadline); !waited) return waited;
    }
}

Result<void> Channel::write(std::string_view bytes, Deadline deadline) {
    const SilentPipe silent;
    while (!bytes.empty()) {
        const Transfer written = stream_.write(bytes);
        if (written.is_closed) return ended(written);
        bytes.remove_prefix(written.bytes);
        if (written.bytes > 0) continue;
        if (auto waited = wait(stream_.waits_for_room() ? POLLOUT : POLLIN, deadline); !waited) return waited;
    }
    return {};
}

Result<std::string> Channel::read(Deadline deadline) {
    std::array<char, read_bytes> buffer{};
    const SilentPipe silent;
    while (true) {
        const Transfer read = stream_.read(buffer.data(), buffer.size());
        if (read.is_closed) return ended(read);
        if (read.bytes > 0) return std::string(buffer.data(), read.bytes);
        if (auto waited = wait(POLLIN, deadline); !waited) return std::move(waited).error();
    }
}

void Channel::finish() {
    if (!stream_.is_open()) return;
    const SilentPipe silent;
    ::shutdown(stream_.fd(), SHUT_WR);
    const auto deadline = steady_clock::now() + goodbye;
    std::array<char, read_bytes> rest{};
    // Past TLS: there is nobody left to answer it.
    while (wait(POLLIN, deadline).ok() && ::recv(stream_.fd(), rest.data(), rest.size(), 0) > 0) {
    }
    stream_.close();
}

}  // namespace muster::fleet::probe

// SPDX-License-Identifier: Apache-2.0
// getaddrinfo, which nothing ends, on a thread that nobody waits for; then connect, address by address.
#include "client/dial.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace muster::fleet {
namespace {

using Clock = std::chrono::steady_clock;

// An address that does not answer leaves the others some time.
constexpr std::chrono::milliseconds least_for_one{1'000};

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

struct Lookup {
    base::Descriptor answered{::eventfd(0, EFD_CLOEXEC)};
    std::mutex mutex;
    std::vector<Address> addresses;
    std::string failure;

    void run(const std::string& host, const std::string& port) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const int outcome = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
        const std::lock_guard lock(mutex);
        if (outcome != 0) failure = outcome == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(outcome);
        for (const addrinfo* one = outcome == 0 ? found : nullptr; one != nullptr; one = one->ai_next) {
            Address address;
            address.size = one->ai_addrlen;
            std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen, reinterpret_cast<char*>(&address.storage));
            addresses.push_back(address);
        }
        if (found != nullptr) ::freeaddrinfo(found);
        static_cast<void>(::eventfd_write(answered.get(), 1));
    }
};

Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port, const Patience& patience) {
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host, port = std::to_string(port)] { lookup->run(host, port); }).detach();
    if (auto waited = wait_until_ready(lookup->answered.get(), POLLIN, patience, "name resolution"); !waited) return waited.error();
    const std::lock_guard lock(lookup->mutex);
    if (!lookup->failure.empty()) return Error{Code::unreachable, lookup->failure};
    return lookup->addresses;
}

Error failure_of(int number) {
    std::string words = std::generic_category().message(number);
    if (!words.empty() && words.front() >= 'A' && words.front() <= 'Z') words.front() = static_cast<char>(words.front() - 'A' + 'a');
    return {number == ETIMEDOUT ? Code::timeout : Code::unreachable, words};
}

Result<base::Descriptor> connect_to(const Address& address, const Patience& patience) {
    base::Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return failure_of(errno);
    const int on = 1;
    static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return socket;
    if (errno != EINPROGRESS) return failure_of(errno);
    if (auto waited = wait_until_ready(socket.get(), POLLOUT, patience, "TCP"); !waited) return waited.error();
    int failure = 0;
    socklen_t size = sizeof failure;
    static_cast<void>(::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size));
    if (failure != 0) return failure_of(failure);
    return socket;
}

}  // namespace

Result<base::Descriptor> dial(const std::string& host, std::uint16_t port, const Patience& patience) {
    auto addresses = resolve(host, port, patience);
    if (!addresses) return std::move(addresses).error();
    std::optional<Error> failure;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        const auto left = (patience.until - Clock::now()) / static_cast<int>(addresses->size() - i);
        const auto until = std::min(patience.until, Clock::now() + std::max<Clock::duration>(left, least_for_one));
        auto socket = connect_to((*addresses)[i], {until, patience.interrupt});
        if (socket || socket.error().code() == Code::stopped) return socket;
        failure = socket.error();
    }
    return failure.value_or(Error{Code::unreachable, "the name has no address"});
}

}  // namespace muster::fleet

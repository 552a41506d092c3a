// SPDX-License-Identifier: Apache-2.0
// The way to an endpoint.
#include "transport/relay.hpp"

#include "transport/door.hpp"
#include "transport/pump.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace muster::transport {
namespace {

base::SteadyTime now() {
    return std::chrono::steady_clock::now();
}

void set_option(int socket, int option, int value) {
    ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

Error out_of_descriptors() {
    return {Code::unreachable, "no socket can be opened", "check how many files this process may have open"};
}

}  // namespace

Relay::Relay(Route route, std::chrono::milliseconds silence, std::shared_ptr<AddressBook> book, std::string secret, Listener listener)
    : route_(std::move(route)),
      silence_(silence),
      book_(std::move(book)),
      secret_(std::move(secret)),
      listener_(std::move(listener)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Relay::start() {
    // Without it nothing could be ended.
    if (!stop_.is_open()) return tell([&] { listener_.failed(out_of_descriptors()); });
    thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
    cancel();
    ::eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
    const auto address = address_.with([](const auto& known) { return known; });
    if (address && !has_worked_) book_->failed(route_.next, *address, now());
}

void Relay::cancel() {
    const std::lock_guard lock(telling_);
    is_cancelled_ = true;
}

void Relay::worked() {
    has_worked_ = true;
    const auto address = address_.with([](const auto& known) { return known; });
    if (address) book_->worked(route_.next, *address);
}

template <class Call>
void Relay::tell(const Call& call) {
    const std::lock_guard lock(telling_);
    if (!is_cancelled_) call();
}

void Relay::run() {
    auto dialled = reach();
    if (!dialled) {
        tell([&] { listener_.failed(dialled.error()); });
        return;
    }
    address_.with([&](auto& known) { known = dialled->address; });
    const int server = dialled->socket.get();
    set_option(server, TCP_NODELAY, 1);
    set_option(server, TCP_USER_TIMEOUT, static_cast<int>(silence_.count()));
    if (route_.tunnel) {
        const auto opened = open_tunnel(server, stop_.get(), route_);
        if (!opened) {
            tell([&] { listener_.failed(opened.error()); });
            return;
        }
    }

    Door door(secret_);
    if (!door.is_open()) {
        tell([&] { listener_.failed(out_of_descriptors()); });
        return;
    }
    tell([&] { listener_.open(door.url()); });
    const auto guest = door.let_in(stop_.get());
    if (guest) pump(guest->socket.get(), server, stop_.get(), guest->said, is_cut_off_);
}

Result<Dialled> Relay::reach() {
    const auto lookup = book_->ask(route_.next);
    if (lookup->readable() < 0) return out_of_descriptors();
    std::array<pollfd, 2> polled{{{lookup->readable(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    while (polled[0].revents == 0) {
        ::poll(polled.data(), polled.size(), -1);
        if (polled[1].revents != 0) return Error{Code::stopped, "closed"};
    }
    const auto order = book_->in_order(route_.next, lookup->answer(), now());
    if (!order) return order.error();
    return dial(*order, stop_.get(), [this](const Address& address) { book_->failed(route_.next, address, now()); });
}

}  // namespace muster::transport

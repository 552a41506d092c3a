// SPDX-License-Identifier: Apache-2.0
// The way to an endpoint.
#include "transport/relay.hpp"

#include "transport/door.hpp"
#include "transport/pump.hpp"
#include "transport/reach.hpp"

#include <sys/eventfd.h>

#include <utility>

namespace muster::transport {
namespace {

base::SteadyTime now() {
    return std::chrono::steady_clock::now();
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
    auto dialled = reach(route_.next, *book_, silence_, stop_.get());
    if (!dialled) {
        tell([&] { listener_.failed(dialled.error()); });
        return;
    }
    address_.with([&](auto& known) { known = dialled->address; });
    const int server = dialled->socket.get();
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

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// From a name to a connected socket.
#include "transport/reach.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <array>

namespace muster::transport {
namespace {

base::SteadyTime now() {
    return std::chrono::steady_clock::now();
}

void set_option(int socket, int option, int value) {
    ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

}  // namespace

Error out_of_descriptors() {
    return {Code::unreachable, "no socket can be opened", "check how many files this process may have open"};
}

Result<Dialled> reach(const Place& place, AddressBook& book, std::chrono::milliseconds silence, int stop) {
    const auto lookup = book.ask(place);
    if (lookup->readable() < 0) return out_of_descriptors();
    std::array<pollfd, 2> polled{{{lookup->readable(), POLLIN, 0}, {stop, POLLIN, 0}}};
    while (polled[0].revents == 0) {
        ::poll(polled.data(), polled.size(), -1);
        if (polled[1].revents != 0) return Error{Code::stopped, "closed"};
    }
    const auto order = book.in_order(place, lookup->answer(), now());
    if (!order) return order.error();
    auto dialled = dial(*order, stop, [&](const Address& address) { book.failed(place, address, now()); });
    if (!dialled) return dialled;
    set_option(dialled->socket.get(), TCP_NODELAY, 1);
    set_option(dialled->socket.get(), TCP_USER_TIMEOUT, static_cast<int>(silence.count()));
    return dialled;
}

}  // namespace muster::transport

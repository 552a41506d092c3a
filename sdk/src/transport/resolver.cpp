// SPDX-License-Identifier: Apache-2.0
// Asking for the addresses of names, and what a device remembers of the answers.
#include "transport/resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include <cstring>
#include <thread>
#include <utility>

namespace muster::transport {
namespace {

// A device's endpoints and what brokers redirect it to; only the latter may grow, and the answers come again.
constexpr std::size_t most_names = 64;

}  // namespace

Result<std::vector<Address>> resolve_by_system(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (status != 0)
        return Error{Code::unreachable, "no address is known of " + host + " (" + ::gai_strerror(status) + ")",
                     "check the name, and the name servers that the device asks"};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> answers(found, &::freeaddrinfo);
    std::vector<Address> addresses;
    for (const addrinfo* answer = found; answer != nullptr; answer = answer->ai_next) {
        if (answer->ai_family != AF_INET && answer->ai_family != AF_INET6) continue;
        Address address;
        std::memcpy(&address.storage, answer->ai_addr, answer->ai_addrlen);
        address.size = answer->ai_addrlen;
        addresses.push_back(address);
    }
    if (addresses.empty()) return Error{Code::unreachable, "no address is known of " + host};
    return addresses;
}

Lookup::Lookup() : answered_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

std::shared_ptr<Lookup> Lookup::start(const Resolver& resolve, const std::string& host, std::uint16_t port) {
    auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, resolve, host, port] {
        auto answer = resolve(host, port);
        lookup->answer_.with([&](auto& slot) { slot = std::move(answer); });
        lookup->is_answered_ = true;
        ::eventfd_write(lookup->answered_.get(), 1);
    }).detach();
    return lookup;
}

Lookup::Answer Lookup::answer() const {
    return answer_.with([](const auto& slot) { return *slot; });
}

AddressBook::Name& AddressBook::name_of(Names& names, const Place& place) const {
    const std::string key = place.host + ":" + std::to_string(place.port);
    if (names.size() >= most_names && names.count(key) == 0) names.clear();
    return names.try_emplace(key, Name{Addresses(salt_), {}, nullptr}).first->second;
}

std::shared_ptr<Lookup> AddressBook::ask(const Place& place) {
    return names_.with([&](Names& names) {
        Name& name = name_of(names, place);
        if (!name.lookup || name.lookup->is_answered()) name.lookup = Lookup::start(resolve_, place.host, place.port);
        return name.lookup;
    });
}

Result<std::vector<Address>> AddressBook::in_order(const Place& place, const Lookup::Answer& answer, base::SteadyTime now) {
    return names_.with([&](Names& names) -> Result<std::vector<Address>> {
        Name& name = name_of(names, place);
        if (answer) name.last_answers = *answer;
        if (name.last_answers.empty()) return answer ? Error{Code::unreachable, "no address is known of " + place.host} : answer.error();
        return name.addresses.in_order(name.last_answers, now);
    });
}

void AddressBook::worked(const Place& place, const Address& address) {
    names_.with([&](Names& names) { name_of(names, place).addresses.worked(address); });
}

void AddressBook::failed(const Place& place, const Address& address, base::SteadyTime now) {
    names_.with([&](Names& names) { name_of(names, place).addresses.failed(address, now); });
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// The addresses of one name: in which order they are tried.
#include "transport/addresses.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace muster::transport {
namespace {

constexpr std::chrono::minutes shortest_avoidance{1};
constexpr unsigned most_doublings = 4;
constexpr std::chrono::minutes longest_avoidance{10};

struct Candidate {
    const Address* address;
    bool is_good;                    // It worked last.
    base::SteadyTime avoided_until;  // Of one that works: the beginning of time.
    std::size_t turn;                // Of its family.
    bool is_of_other_family;
    [[nodiscard]] auto key() const { return std::tuple(avoided_until, !is_good, turn, is_of_other_family); }
};

}  // namespace

std::string Address::text() const {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    const int flags = NI_NUMERICHOST | NI_NUMERICSERV;
    if (::getnameinfo(get(), size, host.data(), host.size(), port.data(), port.size(), flags) != 0) return "?";
    const std::string name = host.data();
    return (family() == AF_INET6 ? "[" + name + "]" : name) + ":" + port.data();
}

// Any mixing will do; it only has to differ from device to device (FNV-1a, and the last steps of SplitMix64).
std::uint64_t Addresses::rank(const std::string& text) const {
    std::uint64_t hash = 0xCBF29CE484222325U ^ salt_;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
    return hash ^ (hash >> 31U);
}

std::vector<Address> Addresses::in_order(const std::vector<Address>& answers, base::SteadyTime now) {
    std::map<std::string, const Address*> named;
    for (const auto& answer : answers) named.emplace(answer.text(), &answer);
    for (auto it = failures_.begin(); it != failures_.end();) it = named.count(it->first) == 0 ? failures_.erase(it) : std::next(it);

    std::vector<std::pair<std::uint64_t, const std::string*>> ranked;
    ranked.reserve(named.size());
    for (const auto& [text, address] : named) ranked.emplace_back(rank(text), &text);
    std::sort(ranked.begin(), ranked.end());

    std::vector<Candidate> candidates;
    std::map<int, std::size_t> turns;
    for (const auto& [rank, text] : ranked) {
        const Address* const address = named[*text];
        const auto failure = failures_.find(*text);
        const bool is_avoided = failure != failures_.end() && now < failure->second.avoided_until;
        candidates.push_back({address, *text == last_good_, is_avoided ? failure->second.avoided_until : base::SteadyTime(),
                              turns[address->family()]++, address->family() != answers.front().family()});
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.key() < b.key(); });
    std::vector<Address> order;
    order.reserve(candidates.size());
    for (const auto& candidate : candidates) order.push_back(*candidate.address);
    return order;
}

void Addresses::worked(const Address& address) {
    last_good_ = address.text();
    failures_.erase(last_good_);
}

void Addresses::failed(const Address& address, base::SteadyTime now) {
    const std::string text = address.text();
    if (text == last_good_) last_good_.clear();
    Failure& failure = failures_[text];
    const std::chrono::minutes wanted = shortest_avoidance * (1U << std::min(failure.in_a_row, most_doublings));
    failure.avoided_until = now + std::min(wanted, longest_avoidance);
    ++failure.in_a_row;
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// The fleet's brokers.
#include "broker.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace muster::test {
namespace {

// A broker that sheds does so when its queue is longer than this.
constexpr milliseconds longest_queue{1'000};

}  // namespace

void Broker::connect(const LinkPtr& link, Network& network) {
    if (const auto denied = denied_until_.find(link->client_id); denied != denied_until_.end() && world_.now() < denied->second)
        return network.turn_away(link, {Code::denied});
    if (climate_.connects_per_second == 0) return admit(link, network);
    const auto begins = std::max(next_free_, world_.now());
    if (climate_.sheds && begins - world_.now() > longest_queue) return shed(link, network);
    next_free_ = begins + std::chrono::microseconds(1'000'000 / climate_.connects_per_second);
    world_.timeline.at(next_free_, [this, link, &network] {
        if (!link->is_over()) admit(link, network);  // Otherwise the work was in vain.
    });
}

// Some say when to come back, by what waits already.
void Broker::shed(const LinkPtr& link, Network& network) {
    Parting parting{Code::unavailable};
    if (climate_.hints) parting.retry_after = std::chrono::seconds(world_.chance.between(1, 60));
    network.turn_away(link, parting);
}

void Broker::admit(const LinkPtr& link, Network& network) {
    auto& client = clients_[link->client_id];
    if (client && !client->is_over()) {
        ++takeovers_;
        network.turn_away(client, {Code::taken_over});
    }
    client = link;
    network.welcome(link, describe(*link));
}

Welcome Broker::describe(const Link& link) {
    Welcome welcome;
    if (world_.chance.happens(50)) welcome.receive_maximum = static_cast<std::uint16_t>(world_.chance.between(1, 6));
    if (!is_healed_ && world_.chance.happens(10)) welcome.maximum_packet_size = 100;
    if (link.endpoint == 1) welcome.server_keep_alive = std::chrono::seconds(30);
    // One that asks for less every time.
    if (!is_healed_ && world_.chance.happens(3))
        welcome.server_keep_alive = std::max(std::chrono::seconds(1), link.keep_alive - std::chrono::seconds(1));
    return welcome;
}

void Broker::lost(const LinkPtr& link) {
    const auto found = clients_.find(link->client_id);
    if (found != clients_.end() && found->second == link) clients_.erase(found);
}

void Broker::restart(std::size_t node, milliseconds away, Network& network) {
    world_.note(0, "a broker node is away", node);
    away_until_[node] = world_.now() + away;
    std::vector<LinkPtr> gone;
    for (const auto& [client_id, link] : clients_) {
        if (link->endpoint % nodes == node && !link->is_over()) gone.push_back(link);
    }
    for (const auto& link : gone) network.turn_away(link, {Code::unreachable});
}

}  // namespace muster::test

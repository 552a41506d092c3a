// SPDX-License-Identifier: Apache-2.0
// The fleet's brokers: two nodes that know of each other's clients, admit at a rate, restart, and let one connection have a client id.
#pragma once

#include "climate.hpp"
#include "network.hpp"
#include "world.hpp"

#include <cstdint>
#include <map>

namespace muster::test {

/// Threads: one.
class Broker {
public:
    static constexpr std::size_t nodes = 2;

    Broker(World& world, const Climate& climate) : world_(world), climate_(climate) {}

    void connect(const LinkPtr& link, Network& network);
    /// The connection is gone.
    void lost(const LinkPtr& link);
    [[nodiscard]] bool is_there(std::size_t endpoint) const { return world_.now() >= away_until_[endpoint % nodes]; }

    /// The node, and all its connections, are gone for so long.
    void restart(std::size_t node, milliseconds away, Network& network);
    /// It does not take this client for so long.
    void deny(std::size_t client_id, milliseconds lasts) { denied_until_[client_id] = world_.now() + lasts; }
    void heal() { is_healed_ = true; }
    [[nodiscard]] std::uint64_t takeovers() const { return takeovers_; }

private:
    void shed(const LinkPtr& link, Network& network);
    void admit(const LinkPtr& link, Network& network);
    [[nodiscard]] Welcome describe(const Link& link);

    World& world_;
    const Climate& climate_;
    bool is_healed_ = false;
    SteadyTime away_until_[nodes] = {};
    SteadyTime next_free_{};  // When the queue of handshakes is worked off.
    std::map<std::size_t, SteadyTime> denied_until_;
    std::map<std::size_t, LinkPtr> clients_;  // By client id.
    std::uint64_t takeovers_ = 0;
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Who the clients of a run are: from a plan to each one's names and duties.
#pragma once

#include "bench/session.hpp"

#include <muster/fleet/bench.hpp>

#include <cstdint>
#include <optional>

namespace muster::fleet {

/// Receivers come first: they must stand before anybody sends. Who does both, or neither, counts as a sender.
/// Threads: any, it does not change.
class Layout {
public:
    /// The plan outlives it.
    explicit Layout(const BenchPlan& plan);

    [[nodiscard]] std::uint32_t receivers() const { return receivers_; }
    [[nodiscard]] std::uint32_t senders() const { return senders_; }
    /// Clients that publish.
    [[nodiscard]] std::uint32_t publishers() const { return publishes_ ? senders_ : 0; }
    /// Messages come back to this run, and are expected.
    [[nodiscard]] bool is_end_to_end() const { return publishes_ && receives_; }
    /// Messages come from elsewhere.
    [[nodiscard]] bool is_passive() const { return receives_ && !publishes_; }
    /// How many clients get each message.
    [[nodiscard]] std::uint32_t copies() const { return copies_; }
    /// Whether a receiver gets what others publish too, not only its own.
    [[nodiscard]] bool hears_all() const { return receivers_ > 0; }

    [[nodiscard]] SessionNames receiver(std::uint32_t number) const;
    [[nodiscard]] SessionNames sender(std::uint32_t number) const;
    /// Whose certificate it has; none: no certificate.
    [[nodiscard]] std::optional<std::uint32_t> credential_of(bool is_receiver, std::uint32_t number) const;

private:
    [[nodiscard]] bool is_peer(bool is_receiver) const;
    [[nodiscard]] SessionNames names_of(bool is_receiver, std::uint32_t number) const;

    const BenchPlan& plan_;
    std::uint32_t receivers_ = 0;
    std::uint32_t senders_ = 0;
    bool publishes_ = false;
    bool receives_ = false;
    std::uint32_t copies_ = 1;
};

}  // namespace muster::fleet

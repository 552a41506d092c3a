// SPDX-License-Identifier: Apache-2.0
// What the workers of a bench count.
#pragma once

#include "base/clock.hpp"

#include <muster/fleet/bench.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace muster::fleet {

/// In this order; some are left out, by the kind of the bench.
enum class BenchPhase : std::uint8_t {
    waiting,
    connecting_receivers,
    connecting_senders,
    cutting,       ///< All connections end; nobody connects again yet.
    reconnecting,  ///< As connecting.
    returning,     ///< After a cut: each when the rule lets it.
    sending,
    draining,
    stopped,
};

/// Counts since the start; of one worker or, added up, of the run.
struct BenchTally {
    BenchPhase phase = BenchPhase::waiting;  ///< The earliest that a worker is in.
    BenchConnections connections;
    BenchMessages messages;
    std::uint64_t standing = 0;
    std::uint64_t settled = 0;        ///< Clients of the phase that stand, or whose attempt has come to nothing.
    std::uint64_t attempts = 0;       ///< Connections begun in the phase.
    std::uint64_t backlog = 0;        ///< Messages that are due and not sent.
    std::uint64_t scheduled_out = 0;  ///< Workers without a message that is still to come.
    base::SteadyTime last_ready;

    BenchTally& operator+=(const BenchTally& other);
};

BenchConnections& operator+=(BenchConnections& sum, const BenchConnections& other);
BenchMessages& operator+=(BenchMessages& sum, const BenchMessages& other);
[[nodiscard]] BenchConnections operator-(BenchConnections later, const BenchConnections& earlier);
[[nodiscard]] BenchMessages operator-(BenchMessages later, const BenchMessages& earlier);

/// Failures by what they say, of bounded size.
class FailureTable {
public:
    void add(const Error& failure);
    [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
    [[nodiscard]] const std::optional<Error>& first() const { return first_; }

private:
    std::map<std::string, std::uint64_t> counts_;
    std::optional<Error> first_;
};

}  // namespace muster::fleet

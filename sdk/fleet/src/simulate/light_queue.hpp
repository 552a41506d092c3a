// SPDX-License-Identifier: Apache-2.0
// What a light device has accepted and the broker has not acknowledged, with its accounts. In memory, in order.
#pragma once

#include <muster/policy.hpp>
#include <muster/status.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace muster::fleet {

struct LightMessage {
    std::size_t sensor = 0;
    std::string payload;
    Qos qos = Qos::at_least_once;
    std::optional<std::uint64_t> number{};  ///< By which it will be acknowledged; none: it is not in flight.
    bool was_sent = false;
};

/// Threads: one.
class LightQueue {
public:
    explicit LightQueue(std::uint64_t most) : most_(most) {}

    /// Whether it was taken. A full queue refuses it, or gives up the oldest message that is not in flight.
    bool accept(LightMessage message, Overflow overflow);
    /// The next that is not in flight; null: there is none.
    [[nodiscard]] LightMessage* next();
    /// What `next` gave is on its way; at QoS 0 that is all that can be known of it.
    void note_sent(std::uint64_t number);
    void acknowledge(std::uint64_t number, bool is_refused);
    /// The connection is lost: all of it is to be sent again.
    void lose();

    /// With what waits.
    [[nodiscard]] OutboxCounts counts() const;
    [[nodiscard]] std::uint64_t waiting() const { return messages_.size(); }
    [[nodiscard]] std::uint64_t redelivered() const { return redelivered_; }

private:
    std::uint64_t most_;
    std::deque<LightMessage> messages_;  // Those in flight first.
    std::size_t in_flight_ = 0;
    std::uint64_t redelivered_ = 0;
    OutboxCounts counts_;
};

}  // namespace muster::fleet

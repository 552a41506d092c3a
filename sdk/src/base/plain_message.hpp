// SPDX-License-Identifier: Apache-2.0
// A message as most are that wait in memory only: small, for ever, without a key and without properties.
#pragma once

#include <muster/message.hpp>
#include <muster/policy.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::base {

/// How a message is treated; small, because every message in memory has one.
struct MessageTraits {
    Qos qos;
    Durability durability;
    Priority priority;
    bool retain;
};

/// Borrows topic and payload.
struct PlainMessage {
    static constexpr std::size_t most_bytes = 1'024;  ///< Of topic and payload.

    std::string_view topic;
    std::string_view payload;
    std::uint64_t topic_number;  ///< Two messages with the same one have the same topic; not 0.
    MessageTraits traits;

    [[nodiscard]] std::size_t bytes() const { return topic.size() + payload.size(); }
};

/// Whether messages with these options may be plain.
[[nodiscard]] inline bool is_plain(const PublishOptions& options) {
    return options.durability == Durability::memory && options.time_to_live.count() == 0 && options.overflow != Overflow::latest;
}

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Numbers for topics on one connection, each way (MQTT 5.0, section 3.3.2.3.4).
#pragma once

#include "wire/packets.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace muster::testbroker::core {

/// What a client's aliases stand for. Threads: one.
class ClientAliases {
public:
    /// The topic of a PUBLISH, by its alias if it has no other; sets the alias if it has both. Fails with the reason to disconnect for. The
    /// view is of the packet, or of this until the next call.
    [[nodiscard]] std::variant<std::string_view, wire::ReasonCode> topic_of(const wire::Publish& publish, std::uint16_t maximum);

private:
    std::vector<std::string> topics_;  // The first is alias 1's; empty: not set.
};

/// The aliases that the broker gives, to the topics it sends first: a subscriber's topics come again and again, and with more topics than
/// numbers, giving numbers away would cost more bytes than it saves. Threads: one.
class BrokerAliases {
public:
    explicit BrokerAliases(std::uint16_t maximum) : maximum_(maximum) {}
    /// 0 if the topic has none.
    [[nodiscard]] std::uint16_t find(std::string_view topic) const;
    /// The number that the topic would be given; 0 if none is left, or if it would save nothing.
    [[nodiscard]] std::uint16_t next_for(std::string_view topic) const;
    /// The topic has been sent with `next_for`.
    void give(std::string_view topic);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> aliases_;
    std::uint16_t maximum_;
};

}  // namespace muster::testbroker::core

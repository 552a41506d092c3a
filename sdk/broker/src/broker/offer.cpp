// SPDX-License-Identifier: Apache-2.0
// What the configuration says of what clients find, checked and in the core's words.
#include "broker/offer.hpp"

#include "core/in_flight.hpp"

#include <limits>
#include <string>

namespace muster::testbroker {
namespace {

using Seconds = std::optional<std::chrono::seconds>;

// Shards tell it what they use in pieces; below this the ceiling would be where the pieces are.
constexpr std::size_t least_memory = 1U << 20U;
constexpr std::uint32_t most_unsent_bytes = 4U << 20U;  // With twice as much unsent, a connection is cut.

Error out_of_range(const char* field, std::uint64_t least, std::uint64_t most) {
    return {Code::invalid_argument, std::string(field) + " must be " + std::to_string(least) + " to " + std::to_string(most)};
}

// As many seconds as a property of type Number holds; `most` may be less.
template <class Number>
Result<std::optional<Number>> seconds_of(const char* field, const Seconds& asked, Number least,
                                         Number most = std::numeric_limits<Number>::max()) {
    if (!asked) return std::optional<Number>();
    if (asked->count() < least || asked->count() > most) return out_of_range(field, least, most);
    return std::optional<Number>(static_cast<Number>(asked->count()));
}

Result<void> set_times(core::Limits& limits, const BrokerConfig& config) {
    const auto server = seconds_of<std::uint16_t>("server_keep_alive", config.server_keep_alive, 0);
    if (!server) return server.error();
    const auto longest = seconds_of<std::uint16_t>("max_keep_alive", config.max_keep_alive, 1);
    if (!longest) return longest.error();
    const auto expiry = seconds_of<std::uint32_t>("max_session_expiry", config.max_session_expiry, 0, UINT32_MAX - 1);
    if (!expiry) return expiry.error();
    limits.server_keep_alive = *server;
    limits.max_keep_alive = *longest;
    limits.max_session_expiry = expiry->value_or(limits.max_session_expiry);
    return {};
}

}  // namespace

Result<net::ShardLimits> limits_of(const BrokerConfig& config) {
    if (config.max_in_flight == 0 || config.max_in_flight > core::InFlight::max_size)
        return out_of_range("max_in_flight", 1, core::InFlight::max_size);
    if (config.max_unsent_bytes > most_unsent_bytes) return out_of_range("max_unsent_bytes", 0, most_unsent_bytes);
    if (config.max_memory < least_memory) return out_of_range("max_memory", least_memory, SIZE_MAX);
    if (config.max_packet_size == 0) return out_of_range("max_packet_size", 1, UINT32_MAX);  // MQTT 5.0, section 3.2.2.3.6.
    net::ShardLimits limits;
    limits.core.features = config.features;
    limits.core.max_packet_size = config.max_packet_size;
    limits.core.receive_maximum = config.max_in_flight;
    limits.core.topic_alias_maximum = config.topic_alias_maximum;
    limits.core.session.max_in_flight = config.max_in_flight;
    limits.core.session.max_queued = config.max_queued_messages;
    limits.core.connect_deadline = config.connect_deadline;
    if (auto set = set_times(limits.core, config); !set) return std::move(set).error();
    limits.connects_per_second = config.connects_per_second;
    limits.handshake_deadline = config.handshake_deadline;
    limits.max_unsent_bytes = config.max_unsent_bytes;
    return limits;
}

}  // namespace muster::testbroker

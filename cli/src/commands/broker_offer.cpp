// SPDX-License-Identifier: Apache-2.0
// What the broker offers to clients, as flags of `muster broker run` say it.
#include "commands/broker_offer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace muster::cli {
namespace {

using testbroker::Features;

constexpr std::array<std::pair<const char*, bool Features::*>, 4> features{
    {{"retained", &Features::retained_messages},
     {"wildcards", &Features::wildcard_subscriptions},
     {"subscription-identifiers", &Features::subscription_identifiers},
     {"shared", &Features::shared_subscriptions}}};

std::optional<std::chrono::seconds> seconds(const std::optional<std::uint32_t>& count) {
    return count ? std::optional<std::chrono::seconds>(*count) : std::nullopt;
}

}  // namespace

std::vector<std::string> feature_names() {
    std::vector<std::string> names;
    names.reserve(features.size());
    for (const auto& feature : features) names.emplace_back(feature.first);
    return names;
}

void set_offer(testbroker::BrokerConfig& config, const BrokerOfferOptions& options) {
    config.features.maximum_qos = static_cast<Qos>(options.max_qos);
    for (const auto& [name, is_offered] : features) {
        config.features.*is_offered = std::find(options.without.begin(), options.without.end(), name) == options.without.end();
    }
    config.max_packet_size = options.max_packet_size;
    config.max_queued_messages = options.max_queued;
    config.max_unsent_bytes = options.max_unsent_bytes;
    config.max_memory = options.max_memory;
    config.max_in_flight = options.max_inflight;
    config.topic_alias_maximum = options.topic_alias_max;
    config.server_keep_alive = seconds(options.server_keep_alive);
    config.max_keep_alive = seconds(options.max_keep_alive);
    config.max_session_expiry = seconds(options.max_session_expiry);
}

}  // namespace muster::cli

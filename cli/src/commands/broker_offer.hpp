// SPDX-License-Identifier: Apache-2.0
// What the broker offers to clients, as flags of `muster broker run` say it.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

struct BrokerOfferOptions {
    unsigned max_qos = 2;
    std::vector<std::string> without;  ///< Of `feature_names`.
    std::uint32_t max_packet_size = testbroker::BrokerConfig().max_packet_size;
    std::uint32_t max_queued = testbroker::BrokerConfig().max_queued_messages;
    std::uint32_t max_unsent_bytes = testbroker::BrokerConfig().max_unsent_bytes;
    std::uint64_t max_memory = testbroker::BrokerConfig().max_memory;  ///< In bytes.
    std::uint16_t max_inflight = testbroker::BrokerConfig().max_in_flight;
    std::uint16_t topic_alias_max = testbroker::BrokerConfig().topic_alias_maximum;
    std::optional<std::uint32_t> server_keep_alive;  ///< In seconds, like the others.
    std::optional<std::uint32_t> max_keep_alive;
    std::optional<std::uint32_t> max_session_expiry;
};

[[nodiscard]] std::vector<std::string> feature_names();
/// Requires `without` to have names of features only.
void set_offer(testbroker::BrokerConfig& config, const BrokerOfferOptions& options);

}  // namespace muster::cli

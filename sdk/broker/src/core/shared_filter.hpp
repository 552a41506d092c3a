// SPDX-License-Identifier: Apache-2.0
// Filters of shared subscriptions: `$share/<group>/<filter>` (MQTT 5.0, section 4.8.2).
#pragma once

#include <optional>
#include <string_view>

namespace muster::testbroker::core {

inline constexpr std::string_view shared_prefix = "$share/";

/// A group of this name gives whole devices to its members, instead of one message after the other.
inline constexpr std::string_view partition_prefix = "partition:";

struct SharedFilter {
    std::string_view group;   ///< With the prefix of a partitioned one.
    std::string_view filter;  ///< Not checked here.
    [[nodiscard]] bool is_partitioned() const { return group.substr(0, partition_prefix.size()) == partition_prefix; }
};

/// Whether a filter asks for a shared subscription, well formed or not.
[[nodiscard]] inline bool is_shared(std::string_view own_filter) {
    return own_filter.substr(0, shared_prefix.size()) == shared_prefix;
}

/// The parts of a shared filter; none if its group's name is empty or has a wildcard, or no filter follows it.
[[nodiscard]] std::optional<SharedFilter> parse_shared(std::string_view own_filter);

}  // namespace muster::testbroker::core

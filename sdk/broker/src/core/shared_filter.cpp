// SPDX-License-Identifier: Apache-2.0
// Filters of shared subscriptions.
#include "core/shared_filter.hpp"

namespace muster::testbroker::core {

std::optional<SharedFilter> parse_shared(std::string_view own_filter) {
    if (!is_shared(own_filter)) return std::nullopt;
    const std::string_view rest = own_filter.substr(shared_prefix.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const SharedFilter parts{rest.substr(0, slash), rest.substr(slash + 1)};
    if (parts.group.empty() || parts.filter.empty() || parts.group.find_first_of("+#") != std::string_view::npos) return std::nullopt;
    if (parts.group == partition_prefix) return std::nullopt;
    return parts;
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// Names of the kinds of fault.
#include "faults/kinds.hpp"

#include <algorithm>

namespace muster::testbroker {

std::string_view name_of(FaultKind kind) noexcept {
    const auto index = static_cast<std::size_t>(kind);
    return index < faults::kind_count ? faults::traits[index].name : std::string_view("unknown");
}

namespace faults {

std::optional<FaultKind> kind_named(std::string_view name) {
    const auto* const found = std::find_if(traits.begin(), traits.end(), [name](const Traits& one) { return one.name == name; });
    if (found == traits.end()) return std::nullopt;
    return static_cast<FaultKind>(found - traits.begin());
}

}  // namespace faults
}  // namespace muster::testbroker

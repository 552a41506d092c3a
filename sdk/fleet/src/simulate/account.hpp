// SPDX-License-Identifier: Apache-2.0
// Whether a device's account adds up.
#pragma once

#include <muster/fleet/simulate.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace muster::fleet {

SimulationAccount& operator+=(SimulationAccount& sum, const SimulationAccount& other);
SimulationFigures& operator+=(SimulationFigures& sum, const SimulationFigures& other);
void add(CodeCounts& sum, const CodeCounts& other);

/// What the broker has acknowledged and the observer has not seen: of what was sent at QoS 1 or 2, and, where nobody knows, at QoS 0.
struct Missing {
    std::uint64_t safe = 0;
    std::uint64_t unsafe = 0;
};
[[nodiscard]] Missing missing_of(const SimulationAccount& account);

/// Each sum that does not come out, with its difference; nothing is one of them if all do.
[[nodiscard]] std::vector<SimulationFault> faults_of(const std::string& client_id, const SimulationAccount& account, bool is_observed);

}  // namespace muster::fleet

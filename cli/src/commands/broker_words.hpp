// SPDX-License-Identifier: Apache-2.0
// Words that only a broker knows, for completion.
#pragma once

#include "tree/completion.hpp"

#include <string>
#include <vector>

namespace muster::cli {

/// A BrokerWords: asks the broker at `admin`, for a second at most.
[[nodiscard]] std::vector<Candidate> ask_broker_for(Words words, const std::string& admin, const std::string& tenant);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// What a sensor said, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace muster {

/// Named values taken at one moment. Encoded as `{"t":<ms since 1970>,"seq":<n>,"<name>":<value>,...}`; a value that is not finite is
/// encoded as null. A partial one has `"partial":true` before its values.
struct Reading {
    std::chrono::system_clock::time_point time;
    std::uint64_t sequence = 0;  ///< Lets the receiving side recognise a duplicate; the caller counts it up.
    std::vector<std::pair<std::string, double>> values;
    /// Its values are those that changed; the others are as in the readings of its topic before it.
    bool is_partial = false;
};

}  // namespace muster

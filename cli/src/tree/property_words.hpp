// SPDX-License-Identifier: Apache-2.0
// The words behind -D, which are several, as mosquitto_pub has them.
#pragma once

#include <string>
#include <vector>

namespace muster::cli {

/// Stands between the words of one property.
inline constexpr char property_separator = '\x1f';

/// Makes the words behind each -D or --property one: PACKET NAME VALUE, or PACKET user-property NAME VALUE.
void join_property_words(std::vector<std::string>& words);

}  // namespace muster::cli

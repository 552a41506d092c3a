// SPDX-License-Identifier: Apache-2.0
// Readings as JSON text.
#pragma once

#include <muster/reading.hpp>

#include <string>
#include <vector>

namespace muster::payload {

/// `{"t":<ms since 1970>,"seq":<n>,"<name>":<value>,...}` in the order given. A value that is not finite becomes null; of several values of
/// one name the last stays; `t`, `seq`, `partial` and `message_id` are the reading's own, a value of such a name is left out; what is not
/// UTF-8 in a name becomes U+FFFD. Numbers are written with as few digits as give the same double again.
[[nodiscard]] std::string encode_json(const Reading& reading);
/// An array of them.
[[nodiscard]] std::string encode_json(const std::vector<Reading>& readings);

}  // namespace muster::payload

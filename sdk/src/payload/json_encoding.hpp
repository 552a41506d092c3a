// SPDX-License-Identifier: Apache-2.0
// A reading as JSON text.
#pragma once

#include <muster/reading.hpp>

#include <string>

namespace muster::payload {

/// `{"t":<ms since 1970>,"seq":<n>,"<name>":<value>,...}` in this order; a value that is not finite becomes null, of two values of one name
/// the last stays.
[[nodiscard]] std::string encode_json(const Reading& reading);

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// A reading as JSON text.
#include "payload/json_encoding.hpp"

#include <nlohmann/json.hpp>

namespace muster::payload {

std::string encode_json(const Reading& reading) {
    nlohmann::ordered_json object;
    object["t"] = std::chrono::duration_cast<std::chrono::milliseconds>(reading.time.time_since_epoch()).count();
    object["seq"] = reading.sequence;
    for (const auto& [name, value] : reading.values) object[name] = value;
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace muster::payload

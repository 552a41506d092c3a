// SPDX-License-Identifier: Apache-2.0
// A request's body as a JSON object.
#include "admin/json_body.hpp"

#include <algorithm>
#include <array>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;

Result<void> check_kind(const std::string& key, const Json& value, Kind kind) {
    static constexpr std::array wanted{"a string", "a whole number", "true or false"};
    const std::array fits{value.is_string(), value.is_number_unsigned(), value.is_boolean()};
    const auto index = static_cast<std::size_t>(kind);
    if (!fits.at(index)) return Error{Code::invalid_argument, "'" + key + "' must be " + wanted.at(index)};
    return {};
}

}  // namespace

Result<Json> parse_body(const std::string& body, std::initializer_list<Key> keys) {
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return Error{Code::invalid_argument, "the body is no JSON object"};
    if (auto fits = check_members(json, keys); !fits) return std::move(fits).error();
    return json;
}

Result<void> check_members(const Json& object, std::initializer_list<Key> keys) {
    for (const auto& [key, value] : object.items()) {
        const auto known = std::find_if(keys.begin(), keys.end(), [&name = key](const Key& one) { return name == one.name; });
        if (known == keys.end()) return Error{Code::invalid_argument, "unknown key '" + key + "'"};
        if (auto fits = check_kind(key, value, known->kind); !fits) return fits;
    }
    return {};
}

Result<std::string> required(const Json& body, const char* key) {
    if (!body.contains(key)) return Error{Code::invalid_argument, std::string("'") + key + "' is missing"};
    return body[key].get<std::string>();
}

}  // namespace muster::testbroker::admin

// SPDX-License-Identifier: Apache-2.0
// A request's body as a JSON object with known members.
#pragma once

#include <muster/result.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace muster::testbroker::admin {

enum class Kind : std::uint8_t { text, number, flag };
struct Key {
    const char* name;
    Kind kind = Kind::text;
};

/// The body as an object with members of these names and kinds and no others. Fails with Code::invalid_argument, naming the member.
Result<nlohmann::json> parse_body(const std::string& body, std::initializer_list<Key> keys);
/// As parse_body, of an object that has been parsed.
Result<void> check_members(const nlohmann::json& object, std::initializer_list<Key> keys);
/// A text that must be there. Fails with Code::invalid_argument.
Result<std::string> required(const nlohmann::json& body, const char* key);

}  // namespace muster::testbroker::admin

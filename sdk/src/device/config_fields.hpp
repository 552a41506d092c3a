// SPDX-License-Identifier: Apache-2.0
// Fields of a configuration in JSON: each read with its path, strictly, and checked to be in its range.
#pragma once

#include <muster/result.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>

namespace muster::device {

using Json = nlohmann::json;

/// Reads the value at `path` into what it was made for; Code::invalid_argument says what stands there and what must.
using FieldReader = std::function<Result<void>(const std::string& path, const Json& value)>;

/// One object of the file. Every known key has a reader; an unknown one is an error.
using Keys = std::map<std::string, FieldReader>;

[[nodiscard]] Error wrong(const std::string& path, const Json& value, const char* expected);
Result<void> read_object(const std::string& path, const Json& object, const Keys& keys);

[[nodiscard]] FieldReader text(std::string& target);
[[nodiscard]] FieldReader flag(bool& target);
/// A path, relative to the directory.
[[nodiscard]] FieldReader file(std::filesystem::path& target, const std::filesystem::path& base_directory);

template <class Integer>
[[nodiscard]] FieldReader number(Integer& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())) {
            return wrong(path, value, "a whole number in its range, 0 or above");
        }
        target = value.get<Integer>();
        return {};
    };
}

template <class Duration>
[[nodiscard]] FieldReader duration(Duration& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        std::int64_t count = 0;
        auto read = number(count)(path, value);
        if (read) target = Duration(count);
        return read;
    };
}

template <class Enum>
[[nodiscard]] FieldReader choice(Enum& target, const std::map<std::string, Enum>& names, const char* expected) {
    return [&target, names, expected](const std::string& path, const Json& value) -> Result<void> {
        const auto found = value.is_string() ? names.find(value.get<std::string>()) : names.end();
        if (found == names.end()) return wrong(path, value, expected);
        target = found->second;
        return {};
    };
}

/// Code::invalid_argument unless `least` <= `value` <= `most`.
Result<void> in_range(const char* name, std::int64_t value, std::int64_t least, std::int64_t most);

}  // namespace muster::device

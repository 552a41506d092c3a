// SPDX-License-Identifier: Apache-2.0
// Fields of a configuration in JSON.
#include "device/config_fields.hpp"

#include "base/text.hpp"

namespace muster::device {

Error wrong(const std::string& path, const Json& value, const char* expected) {
    return {Code::invalid_argument, path + " is " + base::printable(value.dump(-1, ' ', false, Json::error_handler_t::replace)),
            std::string("it must be ") + expected};
}

Result<void> read_object(const std::string& path, const Json& object, const Keys& keys) {
    if (!object.is_object()) return wrong(path.empty() ? "the configuration" : path, object, "an object");
    for (const auto& [name, value] : object.items()) {
        std::string full = path;
        if (!full.empty()) full += '.';
        full += name;
        const auto found = keys.find(name);
        if (found == keys.end()) {
            std::string known;
            for (const auto& [key, reader] : keys) known.append(known.empty() ? "" : ", ").append(key);
            return Error{Code::invalid_argument, "unknown key '" + base::printable(full) + "'", "known here: " + known};
        }
        if (auto read = found->second(full, value); !read) return read;
    }
    return {};
}

FieldReader text(std::string& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_string()) return wrong(path, value, "a string");
        target = value.get<std::string>();
        return {};
    };
}

FieldReader flag(bool& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_boolean()) return wrong(path, value, "true or false");
        target = value.get<bool>();
        return {};
    };
}

FieldReader file(std::filesystem::path& target, const std::filesystem::path& base_directory) {
    return [&target, base_directory](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) return wrong(path, value, "a path");
        target = base_directory / value.get<std::string>();
        return {};
    };
}

Result<void> in_range(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value >= least && value <= most) return {};
    return Error{Code::invalid_argument, std::string(name) + " is " + std::to_string(value),
                 "it must be " + std::to_string(least) + " to " + std::to_string(most)};
}

}  // namespace muster::device

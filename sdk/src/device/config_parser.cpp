// SPDX-License-Identifier: Apache-2.0
// A device's configuration from JSON: strict, so that a typing mistake cannot switch something off.
#include "base/files.hpp"
#include "base/text.hpp"
#include "device/config_check.hpp"

#include <muster/device_config.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster {
namespace {

using Json = nlohmann::json;

/// One object of the file. Every known key has a function that takes its value; an unknown one is an error.
using Keys = std::map<std::string, std::function<Result<void>(const std::string& path, const Json& value)>>;

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

auto text(std::string& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_string()) return wrong(path, value, "a string");
        target = value.get<std::string>();
        return {};
    };
}

auto file(std::filesystem::path& target, const std::filesystem::path& base_directory) {
    return [&target, base_directory](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) return wrong(path, value, "a path");
        target = base_directory / value.get<std::string>();
        return {};
    };
}

template <class Integer>
auto number(Integer& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())) {
            return wrong(path, value, "a whole number in its range, 0 or above");
        }
        target = value.get<Integer>();
        return {};
    };
}

template <class Duration>
auto duration(Duration& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        std::int64_t count = 0;
        auto read = number(count)(path, value);
        if (read) target = Duration(count);
        return read;
    };
}

template <class Enum>
auto choice(Enum& target, const std::map<std::string, Enum>& names, const char* expected) {
    return [&target, names, expected](const std::string& path, const Json& value) -> Result<void> {
        const auto found = value.is_string() ? names.find(value.get<std::string>()) : names.end();
        if (found == names.end()) return wrong(path, value, expected);
        target = found->second;
        return {};
    };
}

Result<void> read_qos(Qos& target, const std::string& path, const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 2) return wrong(path, value, "0, 1 or 2");
    target = static_cast<Qos>(value.get<int>());
    return {};
}

Result<void> read_flag(bool& target, const std::string& path, const Json& value) {
    if (!value.is_boolean()) return wrong(path, value, "true or false");
    target = value.get<bool>();
    return {};
}

Result<void> read_class(TopicClass& target, const std::string& path, const Json& value) {
    auto& options = target.options;
    return read_object(
        path, value,
        {{"filter", text(target.filter)},
         {"qos", [&](const auto& where, const Json& given) { return read_qos(options.qos, where, given); }},
         {"durability", choice<Durability>(options.durability,
                                           {{"memory", Durability::memory}, {"process", Durability::process}, {"disk", Durability::disk}},
                                           "\"memory\", \"process\" or \"disk\"")},
         {"overflow", choice<Overflow>(options.overflow, {{"refuse", Overflow::refuse}, {"drop_oldest", Overflow::drop_oldest}},
                                       "\"refuse\" or \"drop_oldest\"")},
         {"retain", [&](const auto& where, const Json& given) { return read_flag(options.retain, where, given); }}});
}

Result<void> read_renewal(RenewalConfig& target, const std::string& path, const Json& value) {
    return read_object(
        path, value,
        {{"est_url", text(target.est_url)},
         {"after_percent", number(target.after_percent)},
         {"jitter_percent", number(target.jitter_percent)},
         {"key", choice<RenewalKey>(target.key, {{"renewed", RenewalKey::renewed}, {"kept", RenewalKey::kept}}, "\"renewed\" or \"kept\"")},
         {"timeout_ms", duration(target.timeout)}});
}

Result<void> read_endpoints(DeviceConfig& config, const std::string& path, const Json& value) {
    if (!value.is_array()) return wrong(path, value, "an array of mqtts://HOST:PORT");
    for (const auto& entry : value) {
        if (!entry.is_string()) return wrong(path, entry, "mqtts://HOST:PORT");
        config.endpoints.push_back(entry.get<std::string>());
    }
    return {};
}

Result<void> read_classes(DeviceConfig& config, const std::string& path, const Json& value) {
    if (!value.is_array()) return wrong(path, value, "an array of classes");
    for (std::size_t i = 0; i < value.size(); ++i) {
        TopicClass read;
        const std::string where = path + "[" + std::to_string(i) + "]";
        if (auto done = read_class(read, where, value[i]); !done) return done;
        if (read.filter.empty())
            return Error{Code::invalid_argument, where + " has no filter", "say which topics it is for, such as alarm/#"};
        config.classes.push_back(std::move(read));
    }
    return {};
}

Keys keys_of(DeviceConfig& config, const std::filesystem::path& base_directory) {
    return {{"endpoints", [&](const auto& path, const Json& value) { return read_endpoints(config, path, value); }},
            {"identity_dir", file(config.identity_dir, base_directory)},
            {"key_password_file", file(config.key_password.file, base_directory)},
            {"ca_file", file(config.ca_file, base_directory)},
            {"client_id", text(config.client_id)},
            {"username", text(config.username)},
            {"password_file", file(config.password_file, base_directory)},
            {"outbox_path", file(config.outbox_path, base_directory)},
            {"outbox",
             [&](const auto& path, const Json& value) {
                 return read_object(path, value,
                                    {{"max_messages", number(config.outbox.max_messages)}, {"max_bytes", number(config.outbox.max_bytes)}});
             }},
            {"classes", [&](const auto& path, const Json& value) { return read_classes(config, path, value); }},
            {"backoff",
             [&](const auto& path, const Json& value) {
                 return read_object(path, value,
                                    {{"base_ms", duration(config.backoff.base)},
                                     {"cap_ms", duration(config.backoff.cap)},
                                     {"first_attempt_ms", duration(config.backoff.first_attempt)},
                                     {"refused_floor_ms", duration(config.backoff.refused_floor)},
                                     {"min_stable_ms", duration(config.backoff.min_stable)}});
             }},
            {"connect_timeout_ms", duration(config.connect_timeout)},
            {"keep_alive_s", duration(config.keep_alive)},
            {"window", number(config.window)},
            {"session_expiry_s", duration(config.session_expiry)},
            {"renewal", [&](const auto& path, const Json& value) { return read_renewal(config.renewal, path, value); }}};
}

// `line:column` of a byte.
std::string place_of(std::string_view json, std::size_t byte) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i + 1 < byte && i < json.size(); ++i) {
        column = json[i] == '\n' ? 1 : column + 1;
        if (json[i] == '\n') ++line;
    }
    return std::to_string(line) + ":" + std::to_string(column);
}

// JSON leaves open what a key that stands twice means; most parsers, this one too, would take the last.
Result<Json> parse_json(std::string_view json, std::string_view source) {
    std::vector<std::set<std::string>> open_objects;
    std::optional<std::string> twice;
    const auto watch = [&](int /*depth*/, Json::parse_event_t event, const Json& parsed) {
        if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
        if (event == Json::parse_event_t::object_end) open_objects.pop_back();
        if (event == Json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    try {
        Json parsed = Json::parse(json, watch);
        if (!twice) return parsed;
        return Error{Code::invalid_argument, std::string(source) + ": key '" + base::printable(*twice) + "' stands twice in one object",
                     "remove one of them"};
    } catch (const Json::parse_error& error) {
        return Error{Code::invalid_argument, std::string(source) + ":" + place_of(json, error.byte) + ": this is not JSON",
                     "look for a missing or extra comma, quote or bracket there"};
    } catch (const Json::out_of_range&) {
        return Error{Code::invalid_argument, std::string(source) + ": a number is larger than any that can be",
                     "look for one with an exponent"};
    }
}

}  // namespace

Result<DeviceConfig> parse_device_config(std::string_view json, std::string_view source, const std::filesystem::path& base_directory) {
    auto parsed = parse_json(json, source);
    if (!parsed) return std::move(parsed).error();
    DeviceConfig config;
    if (auto read = read_object("", *parsed, keys_of(config, base_directory)); !read) return std::move(read).error().in(source);
    if (auto checked = device::check_config(config); !checked) return std::move(checked).error().in(source);
    return config;
}

Result<DeviceConfig> load_device_config(const std::filesystem::path& path) {
    auto content = base::load_file(path);
    if (!content) return std::move(content).error();
    return parse_device_config(*content, path.string(), path.parent_path());
}

}  // namespace muster

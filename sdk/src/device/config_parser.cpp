// SPDX-License-Identifier: Apache-2.0
// A device's configuration from JSON: strict, so that a typing mistake cannot switch something off.
#include "base/files.hpp"
#include "base/text.hpp"
#include "device/config_check.hpp"
#include "device/config_groups.hpp"

#include <muster/device_config.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::device {
namespace {

Keys keys_of(DeviceConfig& config, const std::filesystem::path& base_directory) {
    return {
        {"endpoints", endpoints_reader(config.endpoints, config.priorities)},
        {"proxy", proxy_reader(config.proxy, base_directory)},
        {"transport",
         choice<TransportKind>(config.transport, {{"native", TransportKind::native}, {"paho", TransportKind::paho}}, "native or paho")},
        {"protocol", choice<Protocol>(config.protocol, {{"mqtt5", Protocol::mqtt5}, {"mqtt311", Protocol::mqtt311}}, "mqtt5 or mqtt311")},
        {"identity_dir", file(config.identity_dir, base_directory)},
        {"key_password_file", file(config.key_password.file, base_directory)},
        {"ca_file", file(config.ca_file, base_directory)},
        {"client_id", text(config.client_id)},
        {"username", text(config.username)},
        {"password_file", file(config.password_file, base_directory)},
        {"outbox_path", file(config.outbox_path, base_directory)},
        {"outbox", outbox_reader(config.outbox)},
        {"drain", drain_reader(config.drain)},
        {"message_id", message_id_reader(config.message_id)},
        {"classes", classes_reader(config.classes)},
        {"backoff", backoff_reader(config.backoff)},
        {"connect_timeout_ms", duration(config.connect_timeout)},
        {"keep_alive_s", duration(config.keep_alive)},
        {"window", number(config.window)},
        {"session_expiry_s", duration(config.session_expiry)},
        {"inbox", inbox_reader(config.inbox)},
        {"presence", presence_reader(config.presence)},
        {"will", standing_reader(config.will)},
        {"will_delay_s", duration(config.will_delay)},
        {"birth", standing_reader(config.birth)},
        {"client_id_scheme", client_id_scheme_reader(config.client_id_scheme)},
        {"client_id_salt", text(config.client_id_salt)},
        {"client_id_template", text(config.client_id_template)},
        {"tenant", text(config.tenant)},
        {"topic_root", text(config.topic_root)},
        {"renewal", renewal_reader(config.renewal)}};
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
}  // namespace muster::device

namespace muster {

Result<DeviceConfig> parse_device_config(std::string_view json, std::string_view source, const std::filesystem::path& base_directory) {
    auto parsed = device::parse_json(json, source);
    if (!parsed) return std::move(parsed).error();
    DeviceConfig config;
    if (auto read = device::read_object("", *parsed, device::keys_of(config, base_directory)); !read)
        return std::move(read).error().in(source);
    if (auto checked = device::check_config(config); !checked) return std::move(checked).error().in(source);
    return config;
}

Result<DeviceConfig> load_device_config(const std::filesystem::path& path) {
    auto content = base::load_file(path);
    if (!content) return std::move(content).error();
    return parse_device_config(*content, path.string(), path.parent_path());
}

}  // namespace muster

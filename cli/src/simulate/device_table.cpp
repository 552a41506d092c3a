// SPDX-License-Identifier: Apache-2.0
// From TOML to the SDK's JSON, and from its errors back to a place in the file.
#include "simulate/device_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace muster::cli::simulate {
namespace {

using nlohmann::json;

// Who a device is, and where it connects to, is what flags say.
constexpr std::array<std::string_view, 12> owned{
    "endpoints",        "proxy",          "identity_dir",       "key_password_file", "ca_file",       "client_id",
    "client_id_scheme", "client_id_salt", "client_id_template", "username",          "password_file", "outbox_path"};
constexpr const char* source = "config";

json to_json(const TomlNode& node) {
    switch (node.kind) {
        case TomlNode::Kind::text:
            return node.text;
        case TomlNode::Kind::integer:
            return node.integer < 0 ? json(node.integer) : json(static_cast<std::uint64_t>(node.integer));
        case TomlNode::Kind::real:
            return node.real;
        case TomlNode::Kind::truth:
            return node.truth;
        case TomlNode::Kind::array: {
            json array = json::array();
            for (const auto& element : node.elements) array.push_back(to_json(element));
            return array;
        }
        case TomlNode::Kind::table: {
            json object = json::object();
            for (const auto& member : node.members) object[member.name] = to_json(member.node);
            return object;
        }
        case TomlNode::Kind::time:
            break;
    }
    return nullptr;
}

/// The place of the longest path, as the SDK writes it, that a message names.
struct Named {
    std::size_t length = 0;
    TomlPlace place;
};

void look_for(const TomlNode& node, const std::string& path, const std::string& message, Named& named) {
    if (path.size() > named.length && message.find(path) != std::string::npos) named = {path.size(), node.place};
    for (const auto& member : node.members) look_for(member.node, path.empty() ? member.name : path + "." + member.name, message, named);
    for (std::size_t i = 0; i < node.elements.size(); ++i) {
        look_for(node.elements[i], path + "[" + std::to_string(i) + "]", message, named);
    }
}

bool is_usable(const TomlNode& config, TableReader& file) {
    if (config.kind != TomlNode::Kind::table) {
        file.complain(config.place, std::string("config: a table is expected, and there is ") + name_of(config.kind));
        return false;
    }
    bool is_usable = true;
    for (const auto& member : config.members) {
        if (std::find(owned.begin(), owned.end(), member.name) == owned.end()) continue;
        file.complain(member.place, "config." + member.name + ": each device has its own, which flags say");
        is_usable = false;
    }
    return is_usable;
}

// A group's own keys are nearer than those that it has in common with others.
TomlPlace place_in(const ConfigTables& tables, const std::string& message) {
    for (const auto* const table : {tables.own, tables.common}) {
        Named named;
        if (table != nullptr) look_for(*table, "", message, named);
        if (named.length > 0) return named.place;
    }
    return tables.place;
}

}  // namespace

void read_device_config(const ConfigTables& tables, const std::filesystem::path& directory, DeviceConfig& config, TableReader& file) {
    json document = json::object();
    for (const auto* const table : {tables.common, tables.own}) {
        if (table == nullptr) continue;
        if (!is_usable(*table, file)) return;
        document.merge_patch(to_json(*table));
    }
    document["endpoints"] = {"mqtt://127.0.0.1"};
    document["client_id"] = "device";
    if (tables.has_outbox_files) document["outbox_path"] = "outbox";
    auto read = parse_device_config(document.dump(-1, ' ', false, json::error_handler_t::replace), source, directory);
    if (read) {
        config = std::move(*read);
        return;
    }
    file.complain(place_in(tables, read.error().message()),
                  read.error().message() + (read.error().hint().empty() ? "" : "; " + read.error().hint()));
}

}  // namespace muster::cli::simulate

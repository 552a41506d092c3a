// SPDX-License-Identifier: Apache-2.0
// What a device is called, and where its topics are rooted.
#include "device/names.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/topic.hpp"
#include "base/uuid.hpp"
#include "pki/openssl.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace muster::device {
namespace {

constexpr std::string_view device_place = "{device}";

std::string replaced(std::string text, std::string_view what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
    return text;
}

std::string first_word(const std::string& content) {
    return content.substr(0, content.find_first_of(" \t\r\n"));
}

bool is_hexadecimal(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string new_uuid(ClientIdScheme scheme, const Sources& sources) {
    return scheme == ClientIdScheme::uuid_v4 ? base::make_uuid_v4(sources.random())
                                             : base::make_uuid_v7(sources.clock().wall_now(), sources.random());
}

// The id must stay the same as long as the outbox does: it is kept beside it.
Result<std::string> kept_uuid(ClientIdScheme scheme, const std::filesystem::path& outbox_path, const Sources& sources) {
    if (outbox_path.empty()) return new_uuid(scheme, sources);
    const auto path = outbox_path.parent_path() / "client_id";
    auto content = base::load_file(path);
    if (content) return content->substr(0, content->find_first_of("\r\n"));
    if (content.error().code() != Code::not_found) return content;
    const std::string id = new_uuid(scheme, sources);
    if (outbox_path.has_parent_path()) {
        if (auto made = base::make_private_directory(outbox_path.parent_path()); !made) return std::move(made).error();
    }
    auto stored = base::store_file(path, id + "\n", base::Access::everyone_reads, base::Existing::refuse);
    if (!stored) return std::move(stored).error();
    return id;
}

// machine-id(5): 32 hexadecimal digits; "uninitialized" in an image before its first start.
Result<std::string> machine_id(const std::filesystem::path& path) {
    auto content = base::load_file(path);
    if (!content) return std::move(content).error().in("client_id_scheme machine_id");
    const std::string id = first_word(*content);
    constexpr std::size_t digits = 32;
    if (id.size() == digits && is_hexadecimal(id)) return id;
    return Error{Code::invalid_argument, "client_id_scheme machine_id: " + path.string() + " holds no machine id",
                 "let systemd-machine-id-setup make one"};
}

// Burned in, as its second lowest bit says (IEEE 802); addresses made up at every start are no name.
bool is_universal(const std::string& address) {
    constexpr std::size_t length = 17;
    if (address.size() != length || address == "00:00:00:00:00:00") return false;
    const unsigned first_byte = std::isxdigit(static_cast<unsigned char>(address[1])) != 0
                                    ? static_cast<unsigned>(std::stoul(address.substr(1, 1), nullptr, 16))
                                    : 2U;
    return (first_byte & 2U) == 0;
}

// Of the first interface by name that a device of the machine stands behind.
Result<std::string> mac_address(const std::filesystem::path& interfaces) {
    std::error_code ignored;
    std::set<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(interfaces, ignored)) {
        if (std::filesystem::exists(entry.path() / "device", ignored)) found.insert(entry.path());
    }
    for (const auto& interface : found) {
        const auto content = base::load_file(interface / "address");
        if (content && is_universal(first_word(*content))) return first_word(*content);
    }
    return Error{Code::not_found, "client_id_scheme mac: no physical network interface has an address of its own",
                 "choose another scheme, for example uuid_v7"};
}

Result<std::string> certificate_name(const std::string& common_name) {
    if (!common_name.empty()) return common_name;
    return Error{Code::invalid_argument, "client_id_scheme is certificate, and there is none", "set identity_dir"};
}

Result<std::string> hashed(const std::string& salt, Result<std::string> source) {
    if (!source) return source;
    return hashed_id(salt, *source);
}

Result<std::string> device_name(const DeviceConfig& config, const std::string& common_name, const MachineFiles& machine,
                                const Sources& sources) {
    if (!config.client_id.empty()) return config.client_id;
    switch (config.client_id_scheme) {
        case ClientIdScheme::automatic:
            return common_name.empty() ? kept_uuid(ClientIdScheme::uuid_v7, config.outbox_path, sources) : Result<std::string>(common_name);
        case ClientIdScheme::certificate:
            return certificate_name(common_name);
        case ClientIdScheme::uuid_v4:
        case ClientIdScheme::uuid_v7:
            return kept_uuid(config.client_id_scheme, config.outbox_path, sources);
        case ClientIdScheme::mac:
            return hashed(config.client_id_salt, mac_address(machine.interfaces));
        case ClientIdScheme::machine_id:
            return hashed(config.client_id_salt, machine_id(machine.machine_id));
    }
    return Error{Code::invalid_argument, "client_id_scheme is none of its values"};
}

}  // namespace

std::string hashed_id(const std::string& salt, const std::string& source) {
    std::string id = pki::sha256_hex(salt + std::string(1, '\0') + source).substr(0, 32);
    id[12] = '8';  // The version.
    const auto nibble = static_cast<unsigned>(std::stoul(id.substr(16, 1), nullptr, 16));
    id[16] = "89ab"[nibble & 3U];  // The variant.
    for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
    return id;
}

Result<std::string> client_id_of(const DeviceConfig& config, const std::string& common_name, const MachineFiles& machine,
                                 const Sources& sources) {
    auto device = device_name(config, common_name, machine, sources);
    if (!device || config.client_id_template.empty()) return device;
    return replaced(replaced(config.client_id_template, "{tenant}", config.tenant), device_place, *device);
}

Result<std::string> topic_root_of(const DeviceConfig& config, const std::string& client_id) {
    if (config.topic_root.empty()) return std::string();
    std::string device = client_id;
    if (const auto& pattern = config.client_id_template; !pattern.empty()) {
        const auto at = pattern.find(device_place);
        const auto before = replaced(pattern.substr(0, at), "{tenant}", config.tenant).size();
        const auto after = replaced(pattern.substr(at + device_place.size()), "{tenant}", config.tenant).size();
        device = client_id.substr(before, client_id.size() - before - after);
    }
    for (const std::string& name : {client_id, config.tenant}) {
        if (name.find_first_of("/+#") == std::string::npos) continue;
        return Error{Code::invalid_argument, "topic_root: '" + base::printable(name) + "' has a character with a meaning in topics",
                     "use names without '/', '+' and '#'"};
    }
    auto root = replaced(replaced(config.topic_root, "{tenant}", config.tenant), "{client_id}", client_id);
    root = replaced(std::move(root), device_place, device);
    if (auto checked = base::check_topic(root); !checked) return std::move(checked).error().in("topic_root");
    return root;
}

}  // namespace muster::device

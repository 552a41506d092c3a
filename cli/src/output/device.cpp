// SPDX-License-Identifier: Apache-2.0
// A device's fields and columns.
#include "output/device.hpp"

namespace muster::cli {

const char* status_of(const engines::Device& device) {
    if (device.revoked) return "revoked";
    if (device.enrolled) return "enrolled";
    if (device.one_time_password_blocked || device.approval == "denied") return "blocked";
    if (device.approval == "waiting") return "pending";
    return device.has_password || device.approval == "approved" ? "accepted" : "waiting";
}

nlohmann::json to_json(const engines::Device& device) {
    const auto or_null = [](const std::string& text) { return text.empty() ? nlohmann::json() : nlohmann::json(text); };
    const auto attribute = [&](const char* name) {
        const auto found = device.attributes.find(name);
        return found == device.attributes.end() ? nlohmann::json() : or_null(found->second);
    };
    nlohmann::json entry{{"tenant", device.tenant},         {"id", device.id},
                         {"enrolled", device.enrolled},     {"revoked", device.revoked},
                         {"registered", device.registered}, {"status", status_of(device)}};
    entry["certificate_serial"] = or_null(device.certificate_serial);
    entry["certificate_not_after"] = or_null(device.certificate_not_after.value_or(""));
    entry["revocation_reason"] = or_null(device.revocation_reason);
    entry["has_password"] = device.has_password;
    entry["approval"] = or_null(device.approval);
    entry["type"] = attribute("type");
    entry["name"] = attribute("name");
    entry["group"] = attribute("group");
    entry["iccid"] = attribute("iccid");
    entry["external_id_type"] = attribute("external-id-type");
    return entry;
}

View device_view() {
    return {"id",
            {{"ID", "id"},
             {"STATUS", "status"},
             {"CERTIFICATE UNTIL", "certificate_not_after"},
             {"REGISTERED", "registered"},
             {"TYPE", "type", true},
             {"NAME", "name", true},
             {"GROUP", "group", true},
             {"SERIAL", "certificate_serial", true},
             {"TENANT", "tenant", true}}};
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// What the device is called: client id and topic root of a configuration.
#include "base/topic.hpp"
#include "device/config_groups.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace muster::device {
namespace {

Result<void> check_template(const std::string& name, const std::string& text, const DeviceConfig& config,
                            const std::vector<std::string>& known) {
    for (auto at = text.find_first_of("{}"); at != std::string::npos; at = text.find_first_of("{}", at + 1)) {
        const auto end = std::min(text.find('}', at), text.size() - 1);
        const std::string place = text.substr(at, end - at + 1);
        if (std::find(known.begin(), known.end(), place) == known.end()) {
            std::string all;
            for (const auto& one : known) all.append(all.empty() ? "" : ", ").append(one);
            return Error{Code::invalid_argument, std::string(name).append(" has '").append(place).append("'"),
                         all.insert(0, "it can have ")};
        }
        if (place == "{tenant}" && config.tenant.empty()) return Error{Code::invalid_argument, name + " has {tenant}, and tenant is empty"};
        at = end;
    }
    return {};
}

Result<void> check_root(const std::string& root) {
    if (root.empty()) return {};
    if (auto checked = base::check_topic(root); !checked) return std::move(checked).error().in("topic_root");
    if (root.front() == '$' || root.front() == '/' || root.back() == '/')
        return Error{Code::invalid_argument, "topic_root '" + root + "' begins with '$' or '/', or ends with '/'",
                     "for example d/{client_id}"};
    return {};
}

}  // namespace

FieldReader client_id_scheme_reader(ClientIdScheme& target) {
    return choice<ClientIdScheme>(target,
                                  {{"automatic", ClientIdScheme::automatic},
                                   {"certificate", ClientIdScheme::certificate},
                                   {"uuid_v4", ClientIdScheme::uuid_v4},
                                   {"uuid_v7", ClientIdScheme::uuid_v7},
                                   {"mac", ClientIdScheme::mac},
                                   {"machine_id", ClientIdScheme::machine_id}},
                                  "automatic, certificate, uuid_v4, uuid_v7, mac or machine_id");
}

Result<void> check_names(const DeviceConfig& config) {
    const auto& pattern = config.client_id_template;
    if (!config.client_id.empty() && config.client_id_scheme != ClientIdScheme::automatic)
        return Error{Code::invalid_argument, "client_id and client_id_scheme are both set", "choose one"};
    const auto device = pattern.find("{device}");
    if (!pattern.empty() && (device == std::string::npos || pattern.find("{device}", device + 1) != std::string::npos))
        return Error{Code::invalid_argument, "client_id_template '" + pattern + "' does not have {device} once",
                     "for example {tenant}:{device}"};
    for (const auto& checked : {check_template("client_id_template", pattern, config, {"{tenant}", "{device}"}),
                                check_template("topic_root", config.topic_root, config, {"{client_id}", "{tenant}", "{device}"}),
                                check_root(config.topic_root)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace muster::device

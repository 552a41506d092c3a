// SPDX-License-Identifier: Apache-2.0
// Are the values of a configuration in their ranges?
#include "device/config_check.hpp"

#include "device/config_groups.hpp"

#include <string>

namespace muster::device {
namespace {

Result<void> check_numbers(const DeviceConfig& config) {
    for (const auto& checked :
         {in_range("connect_timeout_ms", config.connect_timeout.count(), 100, 300'000),
          in_range("keep_alive_s", config.keep_alive.count(), 1, 65'535),
          in_range("session_expiry_s", config.session_expiry.count(), 0, INT32_MAX), in_range("window", config.window, 1, 100)}) {
        if (!checked) return checked;
    }
    return {};
}

Result<void> check_credentials(const DeviceConfig& config, const std::vector<base::Endpoint>& endpoints) {
    for (const auto& endpoint : endpoints) {
        if (endpoint.is_tls() && config.ca_file.empty() && config.identity_dir.empty()) {
            return Error{Code::invalid_argument, "no trust anchors for " + endpoint.url(), "set ca_file, or identity_dir with its ca.pem"};
        }
    }
    if (config.token && !config.password_file.empty())
        return Error{Code::invalid_argument, "token and password_file are both set", "choose one"};
    if (config.token && config.username.empty())
        return Error{Code::invalid_argument, "token is set, and username is not", "services that do not look at it take any"};
    if (!config.token && config.username.empty() != config.password_file.empty()) {
        return Error{Code::invalid_argument, "username and password_file belong together, and only one is set"};
    }
    return {};
}

}  // namespace

Result<std::vector<base::Endpoint>> check_config(const DeviceConfig& config) {
    if (config.endpoints.empty()) return Error{Code::invalid_argument, "endpoints is empty", "name at least one broker: mqtts://HOST:PORT"};
    std::vector<base::Endpoint> endpoints;
    for (const auto& text : config.endpoints) {
        auto endpoint = base::parse_endpoint(text);
        if (!endpoint) return std::move(endpoint).error();
        if (!endpoint->is_tls() && !endpoint->is_loopback()) {
            return Error{Code::invalid_argument, "endpoint '" + text + "' would send everything in plain text over a network",
                         "use mqtts:// or wss://"};
        }
        if (config.transport == TransportKind::paho && endpoint->is_websocket() && endpoint->host.find(':') != std::string::npos) {
            return Error{Code::invalid_argument, "endpoint '" + text + "': Paho's WebSocket needs a name or an IPv4 address",
                         "give the address a name, or leave transport out"};
        }
        endpoints.push_back(std::move(*endpoint));
    }
    if (auto checked = check_numbers(config); !checked) return std::move(checked).error();
    for (const auto& checked : {check_priorities(config), check_backoff(config.backoff), check_outbox(config.outbox),
                                check_inbox(config.inbox), check_drain(config.drain), check_classes(config.classes), check_proxy(config),
                                check_presence(config), check_names(config), check_credentials(config, endpoints), check_renewal(config)}) {
        if (!checked) return checked.error();
    }
    return endpoints;
}

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// Are the values of a configuration in their ranges?
#include "device/config_check.hpp"

#include "enroll/est_client.hpp"

#include <algorithm>
#include <string>

namespace muster::device {
namespace {

using std::chrono::milliseconds;

Result<void> in_range(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value >= least && value <= most) return {};
    return Error{Code::invalid_argument, std::string(name) + " is " + std::to_string(value),
                 "it must be " + std::to_string(least) + " to " + std::to_string(most)};
}

Result<void> check_numbers(const DeviceConfig& config) {
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t day_ms = 24 * hour_ms;
    const auto& backoff = config.backoff;
    for (const auto& checked : {
             in_range("backoff.base_ms", backoff.base.count(), 10, hour_ms),
             in_range("backoff.cap_ms", backoff.cap.count(), backoff.base.count(), day_ms),
             in_range("backoff.first_attempt_ms", backoff.first_attempt.count(), 0, hour_ms),
             in_range("backoff.refused_floor_ms", backoff.refused_floor.count(), 0, day_ms),
             in_range("backoff.min_stable_ms", backoff.min_stable.count(), 0, day_ms),
             in_range("connect_timeout_ms", config.connect_timeout.count(), 100, 300'000),
             in_range("keep_alive_s", config.keep_alive.count(), 1, 65'535),
             in_range("session_expiry_s", config.session_expiry.count(), 0, INT32_MAX),
             in_range("window", config.window, 1, 100),
             in_range("outbox.max_messages", static_cast<std::int64_t>(config.outbox.max_messages), 1, std::int64_t{1} << 53),
             in_range("outbox.max_bytes", static_cast<std::int64_t>(config.outbox.max_bytes), 64 << 10, std::int64_t{1} << 40),
         }) {
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
    if (config.username.empty() != config.password_file.empty()) {
        return Error{Code::invalid_argument, "username and password_file belong together, and only one is set"};
    }
    return {};
}

Result<void> check_renewal(const DeviceConfig& config) {
    const auto& renewal = config.renewal;
    if (renewal.est_url.empty()) return {};
    constexpr std::int64_t latest_percent = 95;
    if (config.identity_dir.empty()) return Error{Code::invalid_argument, "renewal.est_url is set, and there is no identity_dir to renew"};
    if (auto checked = est::check_est_url(renewal.est_url); !checked) return std::move(checked).error().in("renewal.est_url");
    const std::int64_t most_jitter = std::min<std::int64_t>(50, latest_percent - renewal.after_percent);
    for (const auto& checked : {in_range("renewal.after_percent", renewal.after_percent, 1, 90),
                                in_range("renewal.jitter_percent", renewal.jitter_percent, 0, most_jitter),
                                in_range("renewal.timeout_ms", renewal.timeout.count(), 1'000, 600'000)}) {
        if (!checked) return checked;
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
                         "use mqtts://"};
        }
        endpoints.push_back(std::move(*endpoint));
    }
    if (auto checked = check_numbers(config); !checked) return std::move(checked).error();
    if (auto checked = check_credentials(config, endpoints); !checked) return std::move(checked).error();
    if (auto checked = check_renewal(config); !checked) return std::move(checked).error();
    return endpoints;
}

}  // namespace muster::device

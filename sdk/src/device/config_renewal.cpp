// SPDX-License-Identifier: Apache-2.0
// When the certificate is renewed: the group `renewal` of a configuration.
#include "device/config_groups.hpp"
#include "enroll/est_client.hpp"

#include <algorithm>

namespace muster::device {

FieldReader renewal_reader(RenewalConfig& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"est_url", text(target.est_url)},
                            {"after_percent", number(target.after_percent)},
                            {"jitter_percent", number(target.jitter_percent)},
                            {"key", choice<RenewalKey>(target.key, {{"renewed", RenewalKey::renewed}, {"kept", RenewalKey::kept}},
                                                       "\"renewed\" or \"kept\"")},
                            {"timeout_ms", duration(target.timeout)}});
    };
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

}  // namespace muster::device

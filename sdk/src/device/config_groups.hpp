// SPDX-License-Identifier: Apache-2.0
// The groups of a device's configuration: each is read from its JSON and checked in a file of its own.
#pragma once

#include "device/config_fields.hpp"

#include <muster/device_config.hpp>

#include <vector>

namespace muster::device {

[[nodiscard]] FieldReader backoff_reader(BackoffConfig& target);
Result<void> check_backoff(const BackoffConfig& backoff);

[[nodiscard]] FieldReader proxy_reader(ProxyConfig& target, const std::filesystem::path& base_directory);
Result<void> check_proxy(const DeviceConfig& config);

[[nodiscard]] FieldReader outbox_reader(OutboxLimits& target);
Result<void> check_outbox(const OutboxLimits& outbox);

[[nodiscard]] FieldReader classes_reader(std::vector<TopicClass>& target);
Result<void> check_classes(const std::vector<TopicClass>& classes);

[[nodiscard]] FieldReader presence_reader(PresenceConfig& target);
[[nodiscard]] FieldReader standing_reader(StandingMessage& target);
Result<void> check_presence(const DeviceConfig& config);

[[nodiscard]] FieldReader renewal_reader(RenewalConfig& target);
Result<void> check_renewal(const DeviceConfig& config);

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// The groups of a device's configuration: each is read from its JSON and checked in a file of its own.
#pragma once

#include "base/uri.hpp"
#include "device/config_fields.hpp"

#include <muster/device_config.hpp>

#include <optional>
#include <string>
#include <vector>

namespace muster::device {

/// The priorities stay empty if no entry names one.
[[nodiscard]] FieldReader endpoints_reader(std::vector<std::string>& endpoints, std::vector<unsigned>& priorities);
Result<void> check_priorities(const DeviceConfig& config);

[[nodiscard]] FieldReader backoff_reader(BackoffConfig& target);
Result<void> check_backoff(const BackoffConfig& backoff);
/// What the session is to do: towards loopback addresses alone no fleet waits beside this device.
[[nodiscard]] BackoffConfig backoff_towards(const std::vector<base::Endpoint>& endpoints, BackoffConfig backoff);

[[nodiscard]] FieldReader proxy_reader(ProxyConfig& target, const std::filesystem::path& base_directory);
Result<void> check_proxy(const DeviceConfig& config);

[[nodiscard]] FieldReader outbox_reader(OutboxLimits& target);
Result<void> check_outbox(const OutboxLimits& outbox);
[[nodiscard]] FieldReader drain_reader(std::optional<DrainConfig>& target);
Result<void> check_drain(const std::optional<DrainConfig>& drain);
/// What it is if nothing is said: none where every endpoint is a loopback address.
[[nodiscard]] std::optional<DrainConfig> pace_towards(const std::vector<base::Endpoint>& endpoints,
                                                      const std::optional<DrainConfig>& drain);
[[nodiscard]] FieldReader message_id_reader(MessageIdPlace& target);

[[nodiscard]] FieldReader inbox_reader(InboxConfig& target);
Result<void> check_inbox(const InboxConfig& inbox);

[[nodiscard]] FieldReader classes_reader(std::vector<TopicClass>& target);
Result<void> check_classes(const std::vector<TopicClass>& classes);

// Of one class: its encoding, rate, delta and batch.
[[nodiscard]] FieldReader encoding_reader(Encoding& target);
[[nodiscard]] FieldReader rate_reader(std::optional<RatePolicy>& target);
[[nodiscard]] FieldReader delta_reader(std::optional<DeltaPolicy>& target);
[[nodiscard]] FieldReader batch_reader(std::optional<BatchPolicy>& target);
/// `name` is the class's, such as `classes[0]`.
Result<void> check_telemetry(const std::string& name, const TopicClass& topic_class);

[[nodiscard]] FieldReader presence_reader(PresenceConfig& target);
[[nodiscard]] FieldReader standing_reader(StandingMessage& target);
Result<void> check_presence(const DeviceConfig& config);

[[nodiscard]] FieldReader client_id_scheme_reader(ClientIdScheme& target);
Result<void> check_names(const DeviceConfig& config);

[[nodiscard]] FieldReader renewal_reader(RenewalConfig& target);
Result<void> check_renewal(const DeviceConfig& config);

}  // namespace muster::device

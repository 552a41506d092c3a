// SPDX-License-Identifier: Apache-2.0
// A message that outlives the packet it came in: one copy of its bytes for all who wait for it.
#pragma once

#include "base/clock.hpp"
#include "core/memory_account.hpp"
#include "tenancy/topic_space.hpp"
#include "wire/packets.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

struct StoredMessage {
    std::string topic;  ///< As the tenant sees it.
    std::string payload;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    const void* publisher = nullptr;  ///< Whose it is, for no-local; compared only.
    std::optional<base::SteadyTime> expires;
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::string> content_type;
    std::optional<std::string> response_topic;  ///< As the tenant sees it.
    std::optional<std::string> correlation_data;
    std::vector<std::pair<std::string, std::string>> user_properties;
    mutable MemoryShare share;  ///< Once it is kept; no part of what it says.

    /// What it takes to keep, about.
    [[nodiscard]] std::size_t bytes() const;
    /// Nothing of it needs properties to be delivered.
    [[nodiscard]] bool is_plain() const {
        return !expires && !payload_format_indicator && !content_type && !response_topic && !correlation_data && user_properties.empty();
    }
    [[nodiscard]] bool has_expired(base::SteadyTime now) const { return expires && now >= *expires; }
};

using SharedMessage = std::shared_ptr<const StoredMessage>;

/// Copies what a PUBLISH of the space's owner carries, to `topic`: its own or its alias's. None if one of its topics cannot be the
/// tenant's: it is too long with the owner's prefix, or the response topic is no topic name (MQTT 5.0, section 3.3.2.3.5).
[[nodiscard]] std::optional<StoredMessage> store_message(const wire::Publish& publish, std::string_view topic,
                                                         const tenancy::TopicSpace& space, base::SteadyTime now);
/// The same for a will, which does not expire before it is published (MQTT 5.0, section 3.1.3.2.4).
[[nodiscard]] std::optional<StoredMessage> store_message(const wire::Will& will, const tenancy::TopicSpace& space);

/// The properties of a delivery at `now`: the expiry is what is left of it (MQTT 5.0, section 3.3.2.3.3). Views into the message and
/// `response_topic`.
[[nodiscard]] wire::Properties delivery_properties(const StoredMessage& message, std::optional<std::string_view> response_topic,
                                                   base::SteadyTime now);

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// What has changed since the last commit, the last word of each thing only.
#pragma once

#include "core/journal.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace muster::testbroker::state {

using core::StoredId;

/// A message that something stored refers to.
struct MessageNote {
    core::SharedMessage message;
    StoredId id = 0;
    std::size_t references = 0;
};
/// By their address, which is a message's own while the note holds it.
using MessageNotes = std::unordered_map<const core::StoredMessage*, MessageNote>;

struct DeliveryNote {
    bool is_new = true;            ///< Otherwise only the last three count.
    StoredId session = 0;          ///< 0: held back in the tenant.
    std::string tenant = {};       ///< Empty unless held back.
    core::Delivery delivery = {};  ///< Without its message.
    StoredId message = 0;          ///< 0: released.
    wire::PacketId packet_id = 0;  ///< 0: as before.
    bool is_released = false;
};

/// None stands for what is to be erased.
struct Changes {
    std::map<StoredId, core::SharedMessage> new_messages;
    std::vector<StoredId> gone_messages;
    std::map<StoredId, std::optional<DeliveryNote>> deliveries;
    std::map<StoredId, const core::Session*> sessions;
    std::vector<StoredId> gone_sessions;
    std::map<std::pair<StoredId, std::string>, std::optional<core::SubscriptionOptions>> subscriptions;
    std::map<std::pair<StoredId, wire::PacketId>, bool> held_ids;
    std::map<std::pair<std::string, std::string>, std::optional<StoredId>> retained;  ///< By tenant and topic.
    std::map<std::pair<std::string, core::GroupId>, std::optional<std::string>> groups;

    [[nodiscard]] bool is_empty() const {
        return new_messages.empty() && gone_messages.empty() && deliveries.empty() && sessions.empty() && gone_sessions.empty() &&
               subscriptions.empty() && held_ids.empty() && retained.empty() && groups.empty();
    }
};

}  // namespace muster::testbroker::state

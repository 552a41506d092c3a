// SPDX-License-Identifier: Apache-2.0
// What the core tells of changes that must outlive the process, and what it is given back when the next one starts.
#pragma once

#include "core/delivery.hpp"
#include "core/session.hpp"
#include "core/subscription_tree.hpp"
#include "tenancy/admission.hpp"
#include "wire/packets.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

/// Told of every change as it happens, in the middle of the core's work: it notes it and returns. Nobody may be told what depends on a
/// change before `commit` has returned. Views hold for the call, a session until it is erased.
/// Threads: the core's.
class Journal {
public:
    virtual ~Journal() = default;

    /// A number that no session has had.
    virtual StoredId new_session() = 0;
    /// The session is new, or other than before: its principal, its times or its will. Looked at when it is committed.
    virtual void save(const Session& session) = 0;
    /// With its subscriptions and held ids; its deliveries are erased before it.
    virtual void erase(const Session& session) = 0;
    virtual void subscribed(const Session& session, std::string_view own_filter, const SubscriptionOptions& options) = 0;
    virtual void unsubscribed(const Session& session, std::string_view own_filter) = 0;
    /// A QoS 2 message of the client was taken,
    virtual void held(const Session& session, wire::PacketId id) = 0;
    /// and released.
    virtual void let_go(const Session& session, wire::PacketId id) = 0;

    /// Waits for the session from now on, behind everything that waits already. The number is the delivery's.
    virtual StoredId queued(const Session& session, const Delivery& delivery) = 0;
    virtual void sent(const Delivery& delivery, wire::PacketId id) = 0;
    /// What is left is a PUBREL; called while the delivery still has its message.
    virtual void released(const Delivery& delivery) = 0;
    /// Of a session, or held back.
    virtual void erase(const Delivery& delivery) = 0;
    /// Waits for nobody yet: its device moves from one member of a shared subscription to another.
    virtual StoredId held_back(std::string_view tenant, const Delivery& delivery) = 0;

    /// What the topic had is erased before it.
    virtual void retained(std::string_view tenant, const SharedMessage& message) = 0;
    virtual void erase_retained(std::string_view tenant, const SharedMessage& message) = 0;
    virtual void group_made(std::string_view tenant, GroupId id, std::string_view name) = 0;
    virtual void group_gone(std::string_view tenant, GroupId id) = 0;

    /// Whether there is anything to commit.
    [[nodiscard]] virtual bool is_empty() const = 0;
    /// Stores everything since the last time, or nothing: then it is kept and tried again with the next. Waits for the disk.
    /// Fails with Code::no_space, Code::io.
    virtual Result<void> commit() = 0;
};

/// A delivery that waits, or was in flight.
struct StoredDelivery {
    Delivery delivery;             ///< Without its message once released.
    wire::PacketId packet_id = 0;  ///< 0: it waits.
    bool is_released = false;
};

struct StoredSession {
    StoredId id = 0;
    tenancy::Principal principal;
    std::uint32_t expiry = 0;  ///< As Session::set_expiry.
    bool was_connected = false;
    std::optional<base::SteadyTime> expires;  ///< Of one that was not connected.
    std::optional<Will> will;
    std::optional<base::SteadyTime> will_due;  ///< Of one that was not connected.
    std::vector<std::pair<std::string, SubscriptionOptions>> subscriptions;
    std::vector<wire::PacketId> held_ids;
    std::vector<StoredDelivery> deliveries;  ///< In their order.
};

/// Everything that is stored of one tenant.
struct StoredTenant {
    std::string name;
    std::vector<std::pair<GroupId, std::string>> groups;
    std::vector<StoredSession> sessions;
    std::vector<Delivery> held_back;  ///< In their order.
    std::vector<SharedMessage> retained;
};

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// What the broker keeps for one client id: subscriptions, what waits for it, what is in flight, its will.
#pragma once

#include "core/delivery.hpp"
#include "core/fifo.hpp"
#include "core/held_ids.hpp"
#include "core/in_flight.hpp"
#include "core/limits.hpp"
#include "core/memory_account.hpp"
#include "core/observer.hpp"
#include "core/output.hpp"
#include "core/subscription_tree.hpp"
#include "core/topic_aliases.hpp"
#include "tenancy/topic_space.hpp"

#include <bitset>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::testbroker::core {

/// What the client of the current connection takes.
struct ClientLimits {
    wire::Version version = wire::Version::v5;
    std::uint16_t receive_maximum = 65'535;
    std::size_t maximum_packet_size = SIZE_MAX;
    std::uint16_t topic_alias_maximum = 0;
};

/// What is published if the client is lost.
struct Will {
    StoredMessage message;
    std::chrono::seconds delay{0};
    std::optional<std::chrono::seconds> lifetime;  ///< From its publication.
};

struct DeliveryCounters {
    std::uint64_t sent = 0;        ///< First deliveries.
    std::uint64_t queue_full = 0;  ///< Dropped: too many waited.
    std::uint64_t bytes_full = 0;  ///< Dropped: what waited was too large together.
    std::uint64_t congested = 0;   ///< Dropped: the network was too slow for QoS 0.
    std::uint64_t expired = 0;     ///< Dropped: their time was over before they could be sent.
    std::uint64_t too_large = 0;   ///< Dropped: larger than the client takes.
};

class Journal;
class Session;
/// Sessions without a connection that have something to come.
using SessionTimers = std::multimap<base::SteadyTime, Session*>;

/// Threads: one.
class Session {
public:
    Session(tenancy::Principal principal, const SessionLimits& limits, DeliveryCounters& counters, MemoryAccount& memory,
            Observer& observer)
        : principal_(std::move(principal)),
          space_(principal_),
          keeps_(limits),
          counters_(counters),
          observer_(observer),
          share_(memory, 0) {}

    /// Names the session in its tenant. An application must not take over a device, so the role is part of it.
    [[nodiscard]] static std::string key_of(const tenancy::Principal& principal);
    [[nodiscard]] const tenancy::Principal& principal() const { return principal_; }
    [[nodiscard]] const tenancy::TopicSpace& space() const { return space_; }
    [[nodiscard]] std::optional<ConnectionId> connection() const { return connection_; }
    [[nodiscard]] ClientName name() const { return {connection_.value_or(0), principal_.tenant, principal_.client_id, principal_.role}; }
    [[nodiscard]] std::size_t queued() const { return queue_.size(); }
    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }

    /// Everything of it is told to the journal from now on.
    void keep_in(Journal& journal) { journal_ = &journal; }
    /// Null if it does not outlive its connection, or nothing outlives the process.
    [[nodiscard]] Journal* journal() const { return journal_; }
    /// What waits and what was in flight, in its order, before its first connection.
    void restore(Delivery delivery);
    void restore(Delivery delivery, wire::PacketId id, InFlight::Stage stage);
    /// Nothing of its deliveries is kept in the journal any more.
    void forget_stored_deliveries();

    /// From now on; what waits beyond is dropped with the next message.
    void keep(const SessionLimits& limits) { keeps_ = limits; }
    /// A connection begins; `pump` follows, once its CONNACK has been sent.
    void attach(ConnectionId connection, const ClientLimits& limits, tenancy::Principal principal);
    /// The connection is over: what is in flight is sent again first on the next one, in its order (MQTT 5.0, section 4.4).
    void detach();

    /// QoS 0 goes out at once or is dropped; the others wait their turn.
    void deliver(Delivery delivery, Output& output, base::SteadyTime now);

    /// Whether the client takes a PUBLISH as it is: none is too large for it, and it wants no topic aliases.
    [[nodiscard]] bool takes_plain() const { return aliases_ == nullptr && limits_.maximum_packet_size == SIZE_MAX; }
    /// QoS 0 to a client that `takes_plain`; the topic is its own.
    void deliver_plain(const wire::PlainPublish& packet, Output& output);

    // PUBACK, PUBREC and PUBCOMP. An id that is not in flight is no error (section 4.3.3); false for one that is in another state of its
    // exchange, or in one of the other QoS.
    bool on_puback(wire::PacketId id, Output& output, base::SteadyTime now);
    bool on_pubrec(wire::PacketId id, wire::ReasonCode reason, Output& output, base::SteadyTime now);
    bool on_pubcomp(wire::PacketId id, Output& output, base::SteadyTime now);
    /// Sends what the window and the network allow.
    void pump(Output& output, base::SteadyTime now);

    // session_shared.cpp
    /// Takes out what waits unsent and `is_wanted(delivery)`, in its order.
    template <class IsWanted>
    [[nodiscard]] std::vector<Delivery> take_waiting(const IsWanted& is_wanted) {
        std::vector<Delivery> taken;
        for (std::size_t left = queue_.size(); left > 0; --left) {
            Delivery next = take_next();
            if (is_wanted(next)) {
                forget_stored(next);
                taken.push_back(std::move(next));
            } else {
                bytes_ += next.message->bytes();
                queue_.push_back(std::move(next));
            }
        }
        account();
        return taken;
    }
    /// Takes out everything of shared subscriptions that another member may get, in its order, for the session's end.
    [[nodiscard]] std::vector<Delivery> take_shared();
    /// The slots of which messages of the group were sent and not acknowledged.
    [[nodiscard]] std::bitset<device_slots> slots_in_flight(GroupId group);

    /// Seconds after the connection's end; the largest number is for ever (MQTT 5.0, section 3.1.2.11.2).
    void set_expiry(std::uint32_t seconds);

    // Own filters, as the client wrote them.
    std::map<std::string, SubscriptionOptions, std::less<>> subscriptions;
    std::unique_ptr<Will> will;  ///< None: often, and a will takes as much memory as the rest.
    HeldIds held_ids;
    std::chrono::seconds expiry{0};            ///< After the connection's end.
    std::optional<base::SteadyTime> will_due;  ///< Set while disconnected with a will to come.
    std::optional<base::SteadyTime> expires;   ///< Set while disconnected; none: never.
    bool never_expires = false;
    std::optional<SessionTimers::iterator> timer;  ///< For the earlier of the two.
    StoredId stored_as = 0;                        ///< Also of one that only has a will to be kept.
    [[nodiscard]] bool has_expired(base::SteadyTime now) const { return expires && now >= *expires; }

private:
    [[nodiscard]] bool may_publish() const;
    void send_waiting(Output& output, base::SteadyTime now);
    /// What deliveries cost beside their messages, which others may share.
    void account() { share_.resize((queue_.size() + in_flight_.size()) * sizeof(Delivery)); }
    void shed();
    Delivery take_next();
    void forget_stored(const Delivery& delivery);
    void remove(wire::PacketId id);
    void release(InFlight::Exchange& exchange);
    [[nodiscard]] bool fits(const wire::Publish& packet) const;
    void count_drop(DropReason reason);
    void send_again(Output& output, base::SteadyTime now);
    void send_next(Output& output, base::SteadyTime now);
    void send_pubrel(wire::PacketId id, wire::ReasonCode reason, Output& output);
    void finish(wire::PacketId id, Output& output, base::SteadyTime now);
    bool send(const Delivery& delivery, wire::PacketId id, bool dup, Output& output, base::SteadyTime now);

    tenancy::Principal principal_;
    tenancy::TopicSpace space_;
    SessionLimits keeps_;
    DeliveryCounters& counters_;
    Observer& observer_;
    Journal* journal_ = nullptr;
    std::optional<ConnectionId> connection_;
    ClientLimits limits_;
    Fifo<Delivery> queue_;
    InFlight in_flight_;
    std::size_t bytes_ = 0;  // Of the messages in both.
    MemoryShare share_;
    std::unique_ptr<BrokerAliases> aliases_;  // Only for a client that takes them.
};

}  // namespace muster::testbroker::core

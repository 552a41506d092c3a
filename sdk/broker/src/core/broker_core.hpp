// SPDX-License-Identifier: Apache-2.0
// The broker without its network: packets and a time go in, packets come out.
#pragma once

#include "base/clock.hpp"
#include "core/client_info.hpp"
#include "core/connection_timers.hpp"
#include "core/limits.hpp"
#include "core/memory_account.hpp"
#include "core/observer.hpp"
#include "core/output.hpp"
#include "core/plain_route.hpp"
#include "core/rate_limiter.hpp"
#include "core/session.hpp"
#include "core/shared_group.hpp"
#include "core/subscription_tree.hpp"
#include "core/topic_aliases.hpp"
#include "core/turns.hpp"
#include "faults/plan.hpp"
#include "tenancy/admission.hpp"
#include "wire/decode.hpp"
#include "wire/packets.hpp"

#include <boost/unordered/unordered_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

class Journal;
struct StoredSession;
struct StoredTenant;

struct Counters {
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;
    std::uint64_t malformed = 0;
    std::uint64_t messages_in = 0;
    std::uint64_t over_client_rate = 0;  ///< Messages not taken: their client published too much a second,
    std::uint64_t over_tenant_rate = 0;  ///< or its tenant did,
    std::uint64_t over_retained = 0;     ///< or its tenant has too many retained messages; a will is published, but not retained;
    std::uint64_t over_memory = 0;       ///< or the broker keeps as much as it may.
    std::uint64_t denied = 0;            ///< PUBLISH packets to topics that are the broker's.
    DeliveryCounters deliveries;
};

/// What there is now.
struct Census {
    std::size_t sessions = 0;
    std::size_t connected = 0;
    std::size_t subscriptions = 0;         ///< Also the shared ones.
    std::size_t shared_subscriptions = 0;  ///< Once for each member.
    std::size_t retained = 0;
    std::size_t waiting = 0;  ///< Deliveries that wait or are in flight.

    Census& operator+=(const Census& other);
};

/// Sessions, subscriptions, retained messages, wills and routing of all tenants, each tenant in a space of its own.
///
///     connection_opened --> awaiting CONNECT -- admitted --> connected -- DISCONNECT, connection_lost, an error --> gone
///
/// Threads: one. Call `tick` at least twice a second.
class BrokerCore {
public:
    BrokerCore(const Limits& limits, tenancy::Admission& admission, Output& output, const base::Clock& clock);
    BrokerCore(const Limits& limits, tenancy::Admission& admission, Output& output, const base::Clock& clock, Observer& observer);
    ~BrokerCore();

    /// Goes on where another process ended, which had all its connections until now: wills are published, sessions expire. What must
    /// outlive this process is told to `journal` from now on. Before the first connection, or never.
    void restore(std::vector<StoredTenant> stored, Journal& journal, base::SteadyTime now);

    void connection_opened(ConnectionId id, tenancy::PeerIdentity peer, base::SteadyTime now);
    /// The CONNECT of a client that admission has judged already; by `packet`, the core asks for the verdict itself.
    void judged(ConnectionId id, const wire::Connect& connect, tenancy::Verdict verdict, base::SteadyTime now);
    /// A hint: after the next packet comes one of this connection. Changes nothing but what is in the processor's cache.
    void comes_next(ConnectionId id);
    /// The next packet of a connection that has been judged, as its bytes.
    void frame(ConnectionId id, const wire::Frame& frame, base::SteadyTime now);
    void packet(ConnectionId id, const wire::Packet& packet, base::SteadyTime now);
    /// Bytes that are no packet: answered as the version allows, then closed.
    void malformed(ConnectionId id, const wire::DecodeError& error, base::SteadyTime now);
    void connection_lost(ConnectionId id, base::SteadyTime now);
    /// The network takes more again.
    void writable(ConnectionId id, base::SteadyTime now);
    /// Keep-alive, connect deadlines, wills, session and certificate expiry.
    void tick(base::SteadyTime now);
    /// Sends a client elsewhere: use_another_server for now, or server_moved for good. A 3.1.1 client is only disconnected, and so is one
    /// that has not been admitted. A client that connects is redirected by a tenancy::Refusal with a server reference.
    void redirect(ConnectionId id, wire::ReasonCode reason, const std::string& server_reference, base::SteadyTime now,
                  EndedBy by = EndedBy::fault);
    /// The tenant's limits have changed. They count at once, but for what CONNACK has told.
    void limits_changed(const std::string& tenant);
    /// Faults strike from now on as the board says. Before the first connection, or never.
    void set_faults(faults::Board& board) { faults_.emplace(board); }
    /// None before `set_faults`.
    [[nodiscard]] faults::Plan* faults() { return faults_ ? &*faults_ : nullptr; }
    /// Empty until the client was let in; views hold until the next call.
    [[nodiscard]] faults::Client client_of(ConnectionId id) const;
    /// The client counts as heard: what kept it from it is not its doing.
    void excuse(ConnectionId id, base::SteadyTime now);
    /// A fault that happens at once: connected clients lose their connection to nobody.
    void strike(faults::InjectedFault& fault, base::SteadyTime now);
    /// Sessions, queues and retained messages of all tenants are gone, and with them the connections.
    void forget_everything(base::SteadyTime now);
    /// Says goodbye to everybody.
    void shut_down(base::SteadyTime now);

    /// What to decode the connection's packets as; MQTT 5 before its CONNECT.
    [[nodiscard]] wire::Version version_of(ConnectionId id) const;
    [[nodiscard]] const Counters& counters() const { return counters_; }
    /// What waits here counts towards the broker's ceiling; so does what others add.
    [[nodiscard]] MemoryAccount& memory() { return memory_; }
    [[nodiscard]] const MemoryAccount& memory() const { return memory_; }
    [[nodiscard]] std::size_t open_connections() const { return admitted_; }

    // broker_admin.cpp
    /// Every session, connected or not, of one tenant or of all, in order of tenant, role and client id.
    [[nodiscard]] std::vector<ClientInfo> clients(std::optional<std::string_view> tenant = {}) const;
    /// Counts it all: not for every message.
    [[nodiscard]] Census census() const;
    [[nodiscard]] std::vector<TenantFigures> figures() const;
    /// Tells `observer` from now on. Requires that there is no session yet.
    void set_observer(Observer& observer) { observer_ = &observer; }
    /// Ends the client's connections, one for each role it has; returns how many. An MQTT 5 client is told the reason; its will goes out.
    std::size_t kick(std::string_view tenant, std::string_view client_id, wire::ReasonCode reason, const std::string& why,
                     base::SteadyTime now);

private:
    struct Tenant {
        std::map<std::string, std::unique_ptr<Session>> sessions;  // By role and client id.
        SubscriptionTree subscriptions;
        SharedGroups groups;
        std::map<std::string, SharedMessage, std::less<>> retained;
        tenancy::TenantLimits limits;
        std::size_t connections = 0;
        TokenBucket connect_rate;
        Turns turns;
        RateLimiter publish_rate;
    };
    struct Connection {
        std::unique_ptr<tenancy::PeerCertificate> certificate;  // Until it was judged.
        base::SteadyTime opened;
        base::SteadyTime next_look;                    // Its timer; another is of no use any more.
        std::chrono::milliseconds silence_allowed{0};  // One and a half keep-alives; 0: any.
        std::size_t maximum_packet_size = SIZE_MAX;    // That the client takes.
        // Each packet needs these: together they are in one or two lines of the cache.
        base::SteadyTime last_packet;
        Session* session = nullptr;         // Set once admitted.
        Tenant* tenant = nullptr;           // The session's.
        std::uint32_t takes_at_most = 0;    // The largest packet that the client was told,
        std::uint16_t receive_maximum = 0;  // and how many unacknowledged ones.
        wire::Version version = wire::Version::v5;
        bool wants_reasons = true;    // Request Problem Information.
        bool wants_goodbyes = false;  // Refusals as DISCONNECT; see answer_refusal.
        std::unique_ptr<PlainRoute> route;
        ClientAliases aliases;
        std::unique_ptr<RateLimiter> publish_rate;  // Only where the tenant limits it.

        [[nodiscard]] std::chrono::seconds keep_alive() const {
            return std::chrono::duration_cast<std::chrono::seconds>(silence_allowed * 2 / 3);
        }
    };

    // broker_connect.cpp
    void on_verdict(ConnectionId id, Connection& connection, const wire::Connect& connect, tenancy::Verdict admitted, base::SteadyTime now);
    void refuse(ConnectionId id, const Connection& connection, const wire::Connect& connect, std::string_view tenant,
                const tenancy::Refusal& refusal);
    [[nodiscard]] std::optional<tenancy::Refusal> check_will(const wire::Will& will) const;
    Session& open_session(const tenancy::Principal& principal, bool clean_start, bool& present, base::SteadyTime now);
    /// False if it is larger than the client takes.
    [[nodiscard]] bool send_connack(ConnectionId id, const Connection& connection, const wire::Connect& connect, bool present);
    void on_disconnect(ConnectionId id, Connection& connection, const wire::Disconnect& disconnect, base::SteadyTime now);
    void disconnect(ConnectionId id, wire::ReasonCode reason, const std::string& why, base::SteadyTime now, EndedBy by = EndedBy::broker);
    void answer_refusal(ConnectionId id, const Connection& connection, const tenancy::Refusal& refusal);
    void say_goodbye(ConnectionId id, wire::ReasonCode reason, const std::string& why, const std::string& server_reference);
    struct Ending {
        EndedBy by = EndedBy::broker;
        wire::ReasonCode reason = wire::ReasonCode::success;
        std::string_view why = {};
        bool with_will = true;
    };
    void end_connection(ConnectionId id, const Ending& ending, base::SteadyTime now);
    void end_session(Session& session, base::SteadyTime now);
    void publish_will(Session& session, base::SteadyTime now);

    // broker_restore.cpp
    void count_restored(const SharedMessage& message);
    void restore_session(Tenant& tenant, StoredSession& stored, base::SteadyTime now);
    void restore_handovers(StoredTenant& stored, base::SteadyTime now);
    /// What is to outlive the process is new, or has changed.
    void keep(Session& session);
    void keep_retained(const Session& publisher, const SharedMessage& message);
    void drop_expired_retained(const std::string& tenant_name, Tenant& tenant, base::SteadyTime now);
    /// Takes what was held back out of the journal, for it goes on.
    [[nodiscard]] std::vector<Delivery> forget_stored(std::vector<Delivery> held_back);
    void forget_stored(const std::string& tenant_name, Tenant& tenant);

    // broker_timers.cpp
    /// Looks at the connection again when something may have come of it, if that is before it is looked at anyway.
    void watch(ConnectionId id, Connection& connection, base::SteadyTime now);
    void look_at(ConnectionId id, Connection& connection, base::SteadyTime now);
    void look_at(Session& session, base::SteadyTime now);
    /// Somebody has set the wall clock: certificates may expire at other times than was thought.
    void follow_wall_clock(base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> next_look(const Connection& connection, base::SteadyTime now) const;
    void set_timer(Session& session);
    void clear_timer(Session& session);

    // broker_withdrawal.cpp
    /// Disconnects who has been revoked or deleted since the last time, and reads limits that may have changed.
    void end_withdrawn(base::SteadyTime now);
    void withdraw(Session& session, const tenancy::Withdrawal& withdrawal, base::SteadyTime now);

    // broker_faults.cpp
    /// True: a fault has refused the client, and the connection is gone.
    [[nodiscard]] bool is_refused_by_fault(ConnectionId id, const Connection& connection, const tenancy::Principal& principal,
                                           base::SteadyTime now);
    void tick_faults(base::SteadyTime now);

    // broker_publish.cpp
    void on_publish(ConnectionId id, Connection& connection, const wire::Publish& publish, base::SteadyTime now);
    void deny_publish(ConnectionId id, const Connection& connection, const wire::Publish& publish);
    /// False if the packet is no acknowledgement.
    bool on_acknowledgement(ConnectionId id, const Connection& connection, const wire::Packet& packet, base::SteadyTime now);
    void on_pubrel(ConnectionId id, const Connection& connection, const wire::Pubrel& release);
    /// Returns how many sessions it went to.
    std::size_t route(const Session& publisher, SharedMessage message, base::SteadyTime now);

    // broker_limits.cpp
    Tenant& obtain_tenant(const std::string& name);
    [[nodiscard]] SessionLimits session_limits(const Tenant& tenant) const;
    [[nodiscard]] static std::optional<tenancy::Refusal> check_connect(Tenant& tenant, const wire::Connect& connect,
                                                                       const tenancy::Principal& principal, base::SteadyTime now);
    /// False if the message is too much; it is counted and answered then.
    bool check_rate(ConnectionId id, Connection& connection, const wire::Publish& publish, std::string_view topic, base::SteadyTime now);
    [[nodiscard]] bool may_retain(const Session& publisher, const StoredMessage& message, base::SteadyTime now);
    /// At the ceiling nothing more is kept; what is sent at once, or frees memory, still passes.
    [[nodiscard]] bool has_room_for(const wire::Publish& publish) const;
    void refuse_publish(ConnectionId id, const Connection& connection, const wire::Publish& publish, const std::string& why,
                        base::SteadyTime now);

    // broker_plain.cpp
    /// False if the frame has to go the long way.
    bool take_plain(ConnectionId id, Connection& connection, const wire::Frame& frame, base::SteadyTime now);
    bool route_plain(ConnectionId id, Connection& connection, const wire::PlainPublish& publish, base::SteadyTime now);
    const PlainRoute* plain_route(Connection& connection, std::string_view own_topic);
    static void find_receivers(const Tenant& tenant, const Session& publisher, PlainRoute& route);

    // broker_subscribe.cpp
    void on_subscribe(ConnectionId id, Connection& connection, const wire::Subscribe& subscribe, base::SteadyTime now);
    void on_unsubscribe(ConnectionId id, Connection& connection, const wire::Unsubscribe& unsubscribe, base::SteadyTime now);
    void send_retained(Session& session, std::string_view own_filter, const SubscriptionOptions& options, base::SteadyTime now);

    // broker_shared.cpp
    /// Plain or shared. Returns whether the session had it already; its options are replaced.
    bool add_subscription(Session& session, const std::string& own_filter, const SubscriptionOptions& options, base::SteadyTime now);
    void remove_subscription(Session& session, const std::string& own_filter, base::SteadyTime now);
    /// The session's connection has begun or ended.
    void presence_changed(const Session& session);
    void deliver_shared(SharedGroup& group, const SharedMessage& message, DeviceSlot slot, base::SteadyTime now);
    /// Gives deliveries to those whose turn it is now, in their order.
    void hand_on(SharedGroups& groups, const std::vector<Delivery>& deliveries, base::SteadyTime now);
    /// Moves what waits at the session, and the group gives to others now.
    void take_from(SharedGroup& group, Session& session, base::SteadyTime now);
    /// Ends the group's handovers whose old owner has acknowledged everything.
    void settle(SharedGroups& groups, SharedGroup& group, base::SteadyTime now);
    void settle_handovers(const Session& session, base::SteadyTime now);
    void settle_all_handovers(base::SteadyTime now);
    /// And all plain subscriptions: the session ends.
    void leave_all_groups(Session& session, base::SteadyTime now);

    [[nodiscard]] ClientInfo describe(const Session& session) const;

    Tenant& tenant_of(const Session& session) { return tenants_[session.principal().tenant]; }

    Limits limits_;
    tenancy::Admission& admission_;
    Output& output_;
    const base::Clock& clock_;
    Observer nobody_;
    Observer* observer_;
    Journal* journal_ = nullptr;  // None: nothing outlives the process.
    MemoryAccount memory_;        // Before those who have shares of it.
    boost::unordered_map<ConnectionId, Connection> connections_;
    std::map<std::string, Tenant, std::less<>> tenants_;
    std::set<std::pair<const Session*, GroupId>> handovers_;  // Who has to acknowledge before a device of its moves on.
    ConnectionTimers connection_timers_;
    SessionTimers session_timers_;
    std::chrono::milliseconds wall_offset_{0};  // Of the wall clock to the steady one, when the timers were last set anew.
    std::size_t admitted_ = 0;
    ConnectionId expected_ = 0;  // As `comes_next` said last.
    Counters counters_;
    std::uint64_t withdrawals_seen_ = 0;
    std::optional<faults::Plan> faults_;
};

}  // namespace muster::testbroker::core

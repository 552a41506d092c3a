// SPDX-License-Identifier: Apache-2.0
// The connection's state machine: events and a time go in, actions come out.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "session/actions.hpp"
#include "session/endpoint_health.hpp"
#include "session/in_flight.hpp"
#include "session/progress.hpp"
#include "session/reconnect_plan.hpp"
#include "session/subscriptions.hpp"

#include <muster/device_config.hpp>
#include <muster/metrics.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::session {

using base::SteadyTime;

struct SessionConfig {
    std::size_t endpoints = 1;
    std::vector<unsigned> priorities;  ///< One for each endpoint, lower first; empty: all alike.
    BackoffConfig backoff;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::seconds keep_alive{60};
    std::size_t window = 64;
    std::size_t topic_root_bytes = 0;  ///< What each topic grows by on its way to the network.
    std::size_t message_id_bytes = 0;  ///< What each packet of QoS 1 and 2 grows by for its message id.
    unsigned alone_from = 0;           ///< A record with so many strikes is sent alone; 0: none is.
};

/// Keeps one connection up, takes records from the outbox and lets go of each only when the broker has it.
///
///     idle -- start --> waiting -- delay over --> opening -- link_up --> subscribing -- all answered --> up
///                          ^                         |                        |                          |
///                          +------ link_down --------+------------------------+--------------------------+
///     any -- stop --> the same, until nothing waits or the deadline --> closing -- link_down --> stopped
///
/// At most one link is open at a time. Before anything is sent on a new connection every wanted filter has been answered. A record is
/// settled only after its acknowledgement; a lost connection puts everything unacknowledged back (ReleaseAll), in order.
/// A trial is a link like any other, made with a credential that has not been used before; its failure costs one attempt.
///
/// The outbox marks what it has handed out, and so does the session; the two agree because the outbox's actions are carried out in the
/// order of their emission, wherever that is, and because at most one Fetch is under way. Records that arrive for a link that is gone are
/// ignored: the ReleaseAll that followed their Fetch has put them back already. Records that were being fetched when a busy broker sent an
/// older one back are put back as well (Release), so that they do not overtake it.
///
/// docs/session.md has the table of states and events. No call blocks; after each, carry out `take_actions()` and be back at
/// `next_deadline()`.
/// Threads: one.
class Session {
public:
    enum class Phase : std::uint8_t { idle, waiting, opening, subscribing, up, closing, stopped };

    Session(const SessionConfig& config, base::Random& random);

    void start(SteadyTime now);
    /// Drains until `deadline`; without a connection only if `has_waiting`.
    void stop(SteadyTime now, SteadyTime deadline, bool has_waiting);
    void subscribe(const std::string& filter, const SubscribeOptions& options, SteadyTime now);
    void subscribe(const std::string& filter, Qos qos, SteadyTime now) { subscribe(filter, SubscribeOptions{qos}, now); }
    void unsubscribe(const std::string& filter, SteadyTime now);
    /// Moves the connection to the candidate's credential: what is in flight is waited for, then the link is closed properly and opened
    /// anew as a trial. If that fails the next link is opened at once, without a trial and without a delay. TrialEnded tells which it was;
    /// after `stop` nothing does.
    void try_candidate(SteadyTime now);
    /// The application knows of a network: the wait is cut short, to a draw from `first_attempt`, once a minute at most. Neither a refusal
    /// nor a broker's hint when to come back is overruled.
    void network_up(SteadyTime now);
    /// The outbox has accepted something.
    void records_available(SteadyTime now);
    /// The answer to a Fetch.
    void records(LinkId link, std::vector<Record> fetched, SteadyTime now);

    void link_up(LinkId link, const transport::LinkUp& up, SteadyTime now);
    void link_down(LinkId link, const transport::LinkDown& down, SteadyTime now);
    void sent(LinkId link, RecordId id, const Result<void>& outcome, SteadyTime now);
    void subscribed(LinkId link, const std::vector<Result<void>>& outcomes, SteadyTime now);
    void unsubscribed(LinkId link, const std::vector<Result<void>>& outcomes, SteadyTime now);
    void tick(SteadyTime now);

    [[nodiscard]] std::vector<Action> take_actions();
    /// Instead of what `into` holds; its room is used for the next ones.
    void take_actions(std::vector<Action>& into);
    [[nodiscard]] std::optional<SteadyTime> next_deadline() const;

    /// Whether an event of this link is current.
    [[nodiscard]] bool is_current(LinkId link) const { return link == link_ && phase_ != Phase::stopped; }
    /// Whether this link is asked for, and neither up nor given up.
    [[nodiscard]] bool is_opening(LinkId link) const { return is_current(link) && phase_ == Phase::opening; }
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] bool is_up() const { return phase_ == Phase::up; }
    [[nodiscard]] const Subscriptions& subscriptions() const { return subscriptions_; }
    [[nodiscard]] std::size_t endpoint() const { return endpoint_in_use_; }
    [[nodiscard]] std::uint64_t connects() const { return connects_; }
    [[nodiscard]] std::uint64_t disconnects() const { return disconnects_; }
    [[nodiscard]] std::uint64_t redelivered() const { return in_flight_.redelivered(); }
    /// All but what was received.
    [[nodiscard]] NetworkCounts counts() const;
    /// When the next attempt is made; none unless it is waited for.
    [[nodiscard]] std::optional<SteadyTime> next_attempt() const {
        return phase_ == Phase::waiting ? std::optional(phase_deadline_) : std::nullopt;
    }

private:
    /// Why a link ended: it was lost, or we closed it.
    enum class Ending : std::uint8_t { failure, other_keep_alive, move, stop };
    enum class Fetching : std::uint8_t { no, yes, to_put_back };

    void open(SteadyTime now, std::size_t endpoint);
    void close(SteadyTime now, Ending ending, std::optional<Error> why = std::nullopt);
    void give_up(SteadyTime now, const char* unanswered);
    void ended(const transport::LinkDown& down, SteadyTime now);
    [[nodiscard]] bool is_echo(Code why, std::chrono::milliseconds up_for, SteadyTime now);
    void wait_after(const transport::LinkDown& down, std::chrono::milliseconds up_for, SteadyTime now);
    void follow(const std::string& server_reference, SteadyTime now);
    [[nodiscard]] bool adopt_keep_alive(const transport::LinkUp& up);
    void put_back(RecordId id, SteadyTime now);
    void enter_up(SteadyTime now);
    void request_subscriptions(SteadyTime now);
    [[nodiscard]] std::uint64_t packet_bytes(const Record& record) const;
    void pump(SteadyTime now);
    [[nodiscard]] bool is_suspect_early(SteadyTime now);
    void tend(SteadyTime now);
    void begin_move(SteadyTime now);
    void move_if_quiet(SteadyTime now);
    [[nodiscard]] bool is_moving() const { return (trial_wanted_ || wants_better_) && phase_ == Phase::up && !stopping_; }
    void finish_if_drained(SteadyTime now);
    void finish();
    void flush_settled();
    void report(ConnectionState state, std::optional<Error> why = std::nullopt);
    void report_health(SteadyTime now);
    [[nodiscard]] std::optional<Error> trouble(SteadyTime now) const;
    [[nodiscard]] bool has_phase_deadline() const;

    SessionConfig config_;
    ReconnectPlan plan_;
    EndpointHealth health_;
    Subscriptions subscriptions_;
    std::vector<Action> actions_;

    Phase phase_ = Phase::idle;
    SteadyTime phase_deadline_{};        // Meaningful in waiting, opening, subscribing (and later requests), closing.
    Ending ending_ = Ending::failure;    // Meaningful in closing.
    std::optional<Error> close_reason_;  // Set in closing for a failure.
    bool stopping_ = false;
    SteadyTime drain_deadline_{};

    LinkId link_ = 0;
    std::size_t endpoint_in_use_ = 0;
    std::vector<std::chrono::seconds> keep_alives_;  // By endpoint.
    bool reopened_ = false;                          // For another keep-alive, and no connection was accepted since.
    bool is_accepted_ = false;                       // This link came up and was kept.
    std::optional<SteadyTime> up_since_;             // When the subscriptions were answered: the connection is of use from then on.
    std::optional<SteadyTime> given_up_at_;          // An attempt that was not answered, and not made up for by a take-over since.
    std::uint64_t maximum_packet_size_ = 0;

    InFlight in_flight_;
    Progress progress_;
    Fetching fetching_ = Fetching::no;
    bool outbox_may_have_more_ = true;
    std::optional<SteadyTime> paused_until_;
    std::optional<SteadyTime> suspect_from_;  // One that is to be sent alone waits for this.
    bool is_pushed_back_ = false;             // The broker refused something for now, and has taken nothing since.
    bool is_degraded_ = false;                // As reported.

    bool may_hurry_ = false;                     // Meaningful in waiting: network_up may cut it short.
    std::optional<SteadyTime> hurried_at_;       // When it did last.
    std::string redirect_;                       // Where the broker has sent the next link; empty: nowhere.
    unsigned redirects_ = 0;                     // In a row.
    std::optional<SteadyTime> tries_better_at_;  // Up at an endpoint that another one is preferred to.

    bool trial_wanted_ = false;   // The next link is a trial.
    bool is_trial_ = false;       // This one is.
    bool wants_better_ = false;   // The link is moved to a preferred endpoint.
    SteadyTime move_deadline_{};  // Meaningful while moving: acknowledgements are waited for no longer.

    std::uint64_t connects_ = 0;
    std::uint64_t disconnects_ = 0;
    NetworkCounts counts_;
};

}  // namespace muster::session

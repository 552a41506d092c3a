// SPDX-License-Identifier: Apache-2.0
// One device's session among models of its outbox and its network, over virtual hours, from one seed.
#pragma once

#include "model_network.hpp"
#include "model_outbox.hpp"
#include "session/session.hpp"
#include "support/seeded_random.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace muster::test {

/// Also judges what only time shows: how long delays are, that nothing loops, that a stop ends, that everything is delivered in the end.
class World {
public:
    explicit World(std::uint64_t seed, Bug bug = Bug::none);

    /// The promise that was broken, if one was.
    std::optional<std::string> run();

    [[nodiscard]] const ModelOutbox& outbox() const { return outbox_; }
    [[nodiscard]] const ModelNetwork& network() const { return network_; }
    [[nodiscard]] const session::Session& session() const { return session_; }
    [[nodiscard]] std::uint64_t redelivered() const { return session_.redelivered(); }
    [[nodiscard]] std::uint64_t trials() const { return trials_; }

private:
    static session::SessionConfig honest_config();
    static session::SessionConfig config_with(Bug bug);

    void publish(std::uint64_t count);
    void publish_later();
    void subscribe_later();
    void try_candidate_later();
    void run_until(base::SteadyTime end);
    void heal_and_wait();
    void stop_and_wait(milliseconds patience);
    void step();
    void perform();
    void check_delay_before_open();
    [[nodiscard]] milliseconds longest_delay(const BackoffConfig& backoff) const;
    void reset_row();
    void note_end(Code why);

    void carry_out(const session::OpenLink& action);
    void carry_out(const session::CloseLink& action) { network_.close(action.link); }
    void carry_out(const session::Subscribe& action);
    void carry_out(const session::Send& action);
    void carry_out(const session::Fetch& action);
    void carry_out(const session::Settle& action);
    void carry_out(const session::Reject& action) { outbox_.reject(action.id); }
    void carry_out(const session::Release& action) { outbox_.release(action.ids); }
    void carry_out(const session::ReleaseAll& /*action*/) { outbox_.release_all(); }
    void carry_out(const session::Report& action);
    void carry_out(const session::SubscriptionRefused& /*action*/) {}
    void carry_out(const session::TrialEnded& action);
    void carry_out(const session::Stopped& /*action*/) { is_stopped_ = true; }

    Bug bug_;
    Timeline timeline_;
    Judge judge_;
    SeededRandom session_random_;
    session::Session session_;
    std::set<outbox::RecordId> large_;  // Some brokers do not take them.
    ModelNetwork network_;
    ModelOutbox outbox_;

    transport::LinkId link_ = 0;
    bool is_quiet_ = false;  // Nothing is published any more.
    bool is_stopping_ = false;
    bool is_stopped_ = false;
    std::uint64_t trials_ = 0;  // Ended, either way.
    std::optional<transport::LinkId> on_trial_;
    int steps_at_this_moment_ = 0;
    // What the delays are judged by.
    std::optional<base::SteadyTime> connected_since_;
    std::optional<base::SteadyTime> ended_at_;
    Code ended_why_ = Code::stopped;
    unsigned failures_ = 0;   // Since the last stable connection.
    milliseconds waited_{0};  // Since then.
    std::deque<base::SteadyTime> opens_;
};

}  // namespace muster::test

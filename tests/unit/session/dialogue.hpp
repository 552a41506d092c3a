// SPDX-License-Identifier: Apache-2.0
// A session in virtual time: what it asks for is read as a list of words.
#pragma once

#include "session/session.hpp"
#include "support/seeded_random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace muster::test {

using std::chrono::milliseconds;

inline outbox::Record record(std::uint64_t id, const std::string& topic = "t", Qos qos = Qos::at_least_once) {
    return {id, {topic, "x", qos, false}, Durability::memory};
}

/// Renders actions as words: `open 1`, `subscribe 1 a,b`, `fetch 1`, `send 1 7`, `settle 7`, `release all`, `report waiting`...
struct Words {
    std::string operator()(const session::OpenLink& a) const {
        return (a.is_trial ? "try " : "open ") + std::to_string(a.link) + " at " + std::to_string(a.endpoint);
    }
    std::string operator()(const session::CloseLink& a) const { return "close " + std::to_string(a.link); }
    std::string operator()(const session::Subscribe& a) const {
        std::string words = "subscribe";
        for (const auto& subscription : a.subscriptions) words += " " + subscription.filter;
        return words;
    }
    std::string operator()(const session::Unsubscribe& a) const {
        std::string words = "unsubscribe";
        for (const auto& filter : a.filters) words += " " + filter;
        return words;
    }
    std::string operator()(const session::Send& a) const { return "send " + std::to_string(a.record.id); }
    std::string operator()(const session::Fetch&) const { return "fetch"; }
    std::string operator()(const session::Settle& a) const {
        std::string words = "settle";
        for (const auto id : a.ids) words += " " + std::to_string(id);
        return words;
    }
    std::string operator()(const session::Reject& a) const { return "reject " + std::to_string(a.id); }
    std::string operator()(const session::Release& a) const {
        std::string words = "release";
        for (const auto id : a.ids) words += " " + std::to_string(id);
        return words;
    }
    std::string operator()(const session::ReleaseAll&) const { return "release all"; }
    std::string operator()(const session::Report& a) const { return std::string("report ") + name_of(a.state); }
    std::string operator()(const session::SubscriptionRefused& a) const { return "refused " + a.filter; }
    std::string operator()(const session::UnsubscriptionRefused& a) const { return "keeps " + a.filter; }
    std::string operator()(const session::TrialEnded& a) const { return a.why ? "trial failed" : "trial good"; }
    std::string operator()(const session::Stopped&) const { return "stopped"; }
};

/// A session, its clock and the link that it opened last.
class Dialogue {
public:
    explicit Dialogue(session::SessionConfig config = {}, std::uint64_t seed = 42) : random_(seed), session(at_once(config), random_) {}

    /// What the session asks for now.
    std::vector<std::string> said() {
        std::vector<std::string> words;
        for (const auto& action : session.take_actions()) {
            if (const auto* open = std::get_if<session::OpenLink>(&action)) {
                link = open->link;
                keep_alive = open->keep_alive;
            }
            words.push_back(std::visit(Words{}, action));
        }
        return words;
    }
    /// Passes time up to the next deadline and says what happens then.
    std::vector<std::string> wait() {
        if (const auto next = session.next_deadline()) now = std::max(now, *next);
        session.tick(now);
        return said();
    }
    void advance(milliseconds time) {
        now += time;
        session.tick(now);
    }
    /// From the start to a connection that is up, with what that asks for.
    std::vector<std::string> connect(const transport::LinkUp& up = {}) {
        session.start(now);
        said();
        session.link_up(link, up, now);
        return said();
    }
    void lose(Code why = Code::unreachable) { session.link_down(link, Error{why, "lost"}, now); }

private:
    /// What the start is spread over has a test of its own.
    static session::SessionConfig at_once(session::SessionConfig config) {
        config.backoff.first_attempt = milliseconds(0);
        return config;
    }
    SeededRandom random_;

public:
    session::Session session;
    base::SteadyTime now{std::chrono::hours(1)};
    transport::LinkId link = 0;
    std::chrono::seconds keep_alive{0};  ///< Of that link.
};

using Said = std::vector<std::string>;

}  // namespace muster::test

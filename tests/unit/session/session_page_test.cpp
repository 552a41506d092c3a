// SPDX-License-Identifier: Apache-2.0
// The page that describes the session says what the class does: its table is made anew here.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <functional>
#include <regex>
#include <sstream>

namespace muster::test {
namespace {

using Phase = session::Session::Phase;

constexpr const char* phase_names[] = {"idle", "waiting", "opening", "subscribing", "up", "closing", "stopped"};

std::string name_of_phase(Phase phase) {
    return phase_names[static_cast<std::size_t>(phase)];
}

/// A session in this state.
std::unique_ptr<Dialogue> in_phase(Phase phase) {
    session::SessionConfig config;
    config.endpoints = 1;
    auto dialogue = std::make_unique<Dialogue>(config);
    auto& session = dialogue->session;
    session.subscribe("a", Qos::at_least_once, dialogue->now);
    if (phase == Phase::stopped) session.stop(dialogue->now, dialogue->now, false);
    if (phase == Phase::idle || phase == Phase::stopped) return dialogue->said(), std::move(dialogue);
    session.start(dialogue->now);
    dialogue->said();
    if (phase == Phase::closing) dialogue->wait();
    if (phase == Phase::waiting) dialogue->lose();
    if (phase == Phase::subscribing || phase == Phase::up) session.link_up(dialogue->link, {}, dialogue->now);
    if (phase == Phase::up) {
        session.subscribed(dialogue->link, {{}}, dialogue->now);
        session.records(dialogue->link, {record(1)}, dialogue->now);
    }
    dialogue->said();
    REQUIRE(session.phase() == phase);
    return dialogue;
}

struct Event {
    const char* name;
    std::function<void(Dialogue&)> happens;
};

transport::LinkUp shorter_keep_alive() {
    transport::LinkUp up;
    up.server_keep_alive = std::chrono::seconds(10);
    return up;
}

std::vector<Event> events() {
    const auto down = [](Code why) { return [why](Dialogue& d) { d.session.link_down(d.link, Error{why, "lost"}, d.now); }; };
    const auto answered = [](Result<void> outcome) { return [outcome](Dialogue& d) { d.session.sent(d.link, 1, outcome, d.now); }; };
    const auto stop = [](bool has_waiting) {
        return [has_waiting](Dialogue& d) { d.session.stop(d.now, d.now + std::chrono::hours(1), has_waiting); };
    };
    return {{"start", [](Dialogue& d) { d.session.start(d.now); }},
            {"deadline over",
             [](Dialogue& d) {
                 if (const auto next = d.session.next_deadline()) d.now = *next;
                 d.session.tick(d.now);
             }},
            {"link up", [](Dialogue& d) { d.session.link_up(d.link, {}, d.now); }},
            {"link up, with a shorter keep-alive", [](Dialogue& d) { d.session.link_up(d.link, shorter_keep_alive(), d.now); }},
            {"subscribed", [](Dialogue& d) { d.session.subscribed(d.link, {{}}, d.now); }},
            {"subscribed, refused",
             [](Dialogue& d) {
                 d.session.subscribed(d.link, {Error{Code::denied, "no"}}, d.now);
             }},
            {"link down: `unreachable`", down(Code::unreachable)},
            {"link down: `denied`", down(Code::denied)},
            {"records", [](Dialogue& d) { d.session.records(d.link, {record(2)}, d.now); }},
            {"sent", answered({})},
            {"sent, refused for now", answered(Error{Code::unavailable, "busy"})},
            {"sent, refused for good", answered(Error{Code::denied, "no"})},
            {"subscribe", [](Dialogue& d) { d.session.subscribe("b", Qos::at_least_once, d.now); }},
            {"unsubscribe", [](Dialogue& d) { d.session.unsubscribe("a", d.now); }},
            {"unsubscribed", [](Dialogue& d) { d.session.unsubscribed(d.link, {{}}, d.now); }},
            {"try candidate", [](Dialogue& d) { d.session.try_candidate(d.now); }},
            {"network up", [](Dialogue& d) { d.session.network_up(d.now), d.session.tick(d.now); }},
            {"stop, something waits", stop(true)},
            {"stop, nothing waits", stop(false)}};
}

std::string cell(Phase phase, const Event& event) {
    const auto dialogue = in_phase(phase);
    event.happens(*dialogue);
    std::string words;
    for (const auto& word : dialogue->said())
        words += (words.empty() ? "" : ", ") + std::regex_replace(word, std::regex("( [0-9]+)+( at [0-9]+)?"), "");
    if (dialogue->session.phase() != phase) words += (words.empty() ? "→ " : " → ") + name_of_phase(dialogue->session.phase());
    return words;
}

std::string table() {
    std::string text = "| event |";
    for (const char* name : phase_names) text += std::string(" ") + name + " |";
    text += "\n| --- |";
    for (std::size_t i = 0; i < std::size(phase_names); ++i) text += " --- |";
    for (const Event& event : events()) {
        text += std::string("\n| ") + event.name + " |";
        for (std::size_t i = 0; i < std::size(phase_names); ++i) {
            const auto words = cell(static_cast<Phase>(i), event);
            text += words.empty() ? " |" : " " + words + " |";
        }
    }
    return text + "\n";
}

std::string page() {
    std::ifstream file(MUSTER_SESSION_PAGE);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("the page's table of states, events and actions is what the session does") {
    const std::string text = page();
    const std::string begin = "<!-- generated -->\n";
    const auto from = text.find(begin);
    const auto to = text.find("<!-- end -->");
    REQUIRE(from != std::string::npos);
    REQUIRE(to != std::string::npos);
    const std::string made = "\n" + table() + "\n";
    if (const char* target = std::getenv("MUSTER_WRITE_TABLE")) std::ofstream(target) << made;
    CHECK(text.substr(from + begin.size(), to - from - begin.size()) == made);
}

TEST_CASE("the page names every state that a device reports") {
    const std::string text = page();
    for (int i = 0; i <= static_cast<int>(ConnectionState::needs_enrollment); ++i) {
        const std::string name = name_of(static_cast<ConnectionState>(i));
        INFO(name);
        CHECK(name != "unknown");
        CHECK(text.find("\n| `" + name + "` | ") != std::string::npos);
    }
    CHECK(std::string(name_of(static_cast<ConnectionState>(static_cast<int>(ConnectionState::needs_enrollment) + 1))) == "unknown");
}

}  // namespace muster::test

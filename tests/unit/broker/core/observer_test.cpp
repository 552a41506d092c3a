// SPDX-License-Identifier: Apache-2.0
// What the core tells its observer: each event once, with its reason and who caused it.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using core::DropReason;
using core::EndedBy;
using wire::ReasonCode;

/// Events as lines.
class Recorder final : public core::Observer {
public:
    void connected(const core::ConnectedEvent& event) override {
        add("connected " + name(event.client) + (event.session_present ? " present" : ""));
    }
    void disconnected(const core::DisconnectedEvent& event) override {
        last_why = event.why;
        last_by = event.by;
        add("disconnected " + name(event.client) + " " + number(event.reason));
    }
    void refused(const core::RefusedEvent& event) override {
        add("refused " + std::string(event.tenant) + "/" + std::string(event.client_id) + " " + number(event.reason));
    }
    void malformed(core::ConnectionId connection, ReasonCode reason, std::string_view) override {
        add("malformed " + std::to_string(connection) + " " + number(reason));
    }
    void connect_timed_out(core::ConnectionId connection) override { add("timed out " + std::to_string(connection)); }
    void dropped(const core::ClientName& client, DropReason reason, std::size_t count) override {
        last_drop = reason;
        add("dropped " + name(client) + " " + std::to_string(count));
    }
    void publish_refused(const core::ClientName& client, ReasonCode reason) override {
        add("publish refused " + name(client) + " " + number(reason));
    }
    void will_published(const core::ClientName& client, std::string_view topic) override {
        add("will " + name(client) + " " + std::string(topic));
    }
    void session_ended(const core::ClientName& client) override { add("ended " + name(client)); }

    Lines take() { return std::exchange(lines_, {}); }
    std::string last_why;
    EndedBy last_by = EndedBy::client;
    DropReason last_drop = DropReason::expired;

private:
    static std::string name(const core::ClientName& client) { return std::string(client.tenant) + "/" + std::string(client.client_id); }
    static std::string number(ReasonCode reason) { return std::to_string(static_cast<int>(reason)); }
    void add(std::string line) { lines_.push_back(std::move(line)); }
    Lines lines_;
};

struct Watched {
    explicit Watched(core::Limits limits = {}) : stage(limits, events) {}
    Recorder events;
    Stage stage;
};

wire::Connect staying() {
    wire::Connect connect;
    connect.properties.session_expiry_interval = 100;
    return connect;
}

}  // namespace

TEST_CASE("a PUBLISH that is not accepted is told with its reason, also if its client is not") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    Watched w;
    const auto app = w.stage.application("dash");
    w.events.take();
    w.stage.publish(app, "$SYS/broker", "1", qos);
    CHECK(w.events.take() == Lines{"publish refused acme/dash 135"});
}

TEST_CASE("a connection's beginning and its goodbye are told") {
    Watched w;
    const auto press = w.stage.device("press-01");
    CHECK(w.events.take() == Lines{"connected acme/press-01"});
    w.stage.say(press, wire::Disconnect{});
    CHECK(w.events.take() == Lines{"disconnected acme/press-01 0", "ended acme/press-01"});
    CHECK(w.events.last_by == EndedBy::client);
}

TEST_CASE("a lost connection is the network's doing, and its session lives on") {
    Watched w;
    w.stage.core.connection_lost(w.stage.device("press-01", "acme", staying()), w.stage.clock.now());
    CHECK(w.events.take() == Lines{"connected acme/press-01", "disconnected acme/press-01 0"});
    CHECK(w.events.last_by == EndedBy::network);
    auto resuming = staying();
    resuming.clean_start = false;
    w.stage.device("press-01", "acme", resuming);
    CHECK(w.events.take() == Lines{"connected acme/press-01 present"});
}

TEST_CASE("a takeover, silence and a kick each have their reason and their author") {
    Watched w;
    wire::Connect connect;
    connect.keep_alive = 10;
    w.stage.device("press-01", "acme", connect);
    w.stage.device("press-01", "acme", connect);
    CHECK(w.events.take() ==
          Lines{"connected acme/press-01", "disconnected acme/press-01 142", "ended acme/press-01", "connected acme/press-01"});
    CHECK(w.events.last_by == EndedBy::broker);
    w.stage.advance(15s);
    CHECK(w.events.take() == Lines{"disconnected acme/press-01 141", "ended acme/press-01"});
    CHECK(w.events.last_why == "nothing was heard for one and a half keep-alives");
    w.stage.device("press-01");
    w.stage.core.kick("acme", "press-01", ReasonCode::administrative_action, "maintenance", w.stage.clock.now());
    CHECK(w.events.take() == Lines{"connected acme/press-01", "disconnected acme/press-01 152", "ended acme/press-01"});
    CHECK(w.events.last_by == EndedBy::administrator);
    CHECK(w.events.last_why == "maintenance");
}

TEST_CASE("who is not let in is told with the id that it claims") {
    Watched w;
    w.stage.device("stranger");
    CHECK(w.events.take() == Lines{"refused /stranger 135"});
}

TEST_CASE("bytes that are no packet and a CONNECT that never comes are told by connection") {
    Watched w;
    const auto garbage = w.stage.open({});
    w.stage.core.malformed(garbage, {ReasonCode::malformed_packet, "nonsense"}, w.stage.clock.now());
    const auto early = w.stage.open({});
    w.stage.say(early, wire::Pingreq{});
    const auto silent = w.stage.open({});
    w.stage.advance(5s);
    CHECK(w.events.take() == Lines{"malformed " + std::to_string(garbage) + " 129", "malformed " + std::to_string(early) + " 130",
                                   "timed out " + std::to_string(silent)});
}

TEST_CASE("a malformed packet of a client ends its connection, which is told too") {
    Watched w;
    const auto press = w.stage.device("press-01");
    w.events.take();
    w.stage.core.malformed(press, {ReasonCode::malformed_packet, "nonsense"}, w.stage.clock.now());
    CHECK(w.events.take() == Lines{"malformed " + std::to_string(press) + " 129", "disconnected acme/press-01 129", "ended acme/press-01"});
}

TEST_CASE("every drop is told with its reason") {
    core::Limits limits;
    limits.session.max_queued = 1;
    Watched w(limits);
    const auto app = w.stage.application("dash", "acme", staying());
    const auto press = w.stage.device("press-01");
    w.stage.subscribe(app, "#");
    w.events.take();

    w.stage.congested.insert(app);
    w.stage.publish(press, "a", "1");
    CHECK(w.events.take() == Lines{"dropped acme/dash 1"});
    CHECK(w.events.last_drop == DropReason::congested);

    w.stage.publish(press, "a", "2", Qos::at_least_once);
    CHECK(w.events.take().empty());
    w.stage.publish(press, "a", "3", Qos::at_least_once);
    CHECK(w.events.take() == Lines{"dropped acme/dash 1"});
    CHECK(w.events.last_drop == DropReason::queue_full);
}

TEST_CASE("a will is told with its topic as the tenant sees it") {
    Watched w;
    wire::Connect connect;
    connect.will = wire::Will{};
    connect.will->topic = "status";
    const auto press = w.stage.device("press-01", "acme", connect);
    w.events.take();
    w.stage.core.connection_lost(press, w.stage.clock.now());
    CHECK(w.events.take() == Lines{"disconnected acme/press-01 0", "will acme/press-01 press-01/status", "ended acme/press-01"});
}

}  // namespace muster::test

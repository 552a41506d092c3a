// SPDX-License-Identifier: Apache-2.0
// kill -9 before a command is acknowledged: it comes again to the next process with the same session, and is answered once.
#include "integration/faults/application.hpp"
#include "support/child_process.hpp"

#include <catch2/catch.hpp>

#include <csignal>

namespace muster::test {
namespace {

struct Stage {
    Stage() {
        REQUIRE(broker.enroll("press-01"));
        REQUIRE(dash->subscribe("press-01/answer/#", Qos::at_least_once, [heard = heard](const Message& message) { heard->add(message); }));
        REQUIRE(dash->start());
        REQUIRE(dash->wait_subscribed(20s));
    }
    // A device with the same identity, outbox and session as the one before it.
    [[nodiscard]] ChildProcess live(const std::string& mode, std::chrono::seconds acknowledge_within = 20s) const {
        return ChildProcess({MUSTER_HANDLER_DEVICE, broker->addresses().mqtts_url, broker.identity("press-01").string(),
                             (directory / "outbox.db").string(), std::to_string(acknowledge_within.count()), mode});
    }
    void command(const std::string& what) const {
        MessageProperties properties;
        properties.response_topic = "press-01/answer/valve";
        properties.correlation_data = what;
        REQUIRE(dash->publish("press-01/command/valve", what, properties));
    }
    // A process that is killed while it obeys.
    void die_while_obeying(const std::string& what, std::chrono::seconds acknowledge_within, const std::string& mode = "hold") const {
        auto device = live(mode, acknowledge_within);
        REQUIRE(device.read_line() == "ready");
        command(what);
        REQUIRE(device.read_line() == "holds " + what);
        device.end(SIGKILL);
    }

    TemporaryDirectory directory;
    FaultyBroker broker;
    std::shared_ptr<Collected<Message>> heard = std::make_shared<Collected<Message>>();
    std::unique_ptr<Device> dash = open_device(application_of(broker, directory));
};

// What a life that is not cut short says, `ready` apart: the order of that is nobody's promise.
std::optional<std::string> next_served(ChildProcess& device) {
    auto line = device.read_line();
    return line == "ready" ? device.read_line() : line;
}

}  // namespace

TEST_CASE(
    "a command whose handler was running when the process was killed, or that was to be acknowledged by hand, comes again, is answered, "
    "and does not come a third time") {
    Stage stage;
    stage.die_while_obeying("open", 20s, GENERATE("hold", "keep"));
    {
        auto device = stage.live("serve");
        CHECK(next_served(device) == "serves open again");
        REQUIRE(stage.heard->wait_for_count(1));
        device.end(SIGTERM);
        CHECK(device.wait() == 0);
    }
    auto device = stage.live("serve");
    stage.command("close");
    CHECK(next_served(device) == "serves close");
    REQUIRE(stage.heard->wait_for_count(2));
    const auto answers = stage.heard->values();
    CHECK(answers[0].payload == "done: open");
    REQUIRE(answers[0].properties);
    CHECK(answers[0].properties->correlation_data == "open");
    CHECK(answers[1].payload == "done: close");
}

TEST_CASE("the same check finds the command that is lost where nothing waits for its handler") {
    Stage stage;
    stage.die_while_obeying("open", 0s);
    auto device = stage.live("serve");
    stage.command("close");
    CHECK(next_served(device) == "serves close");
    REQUIRE(stage.heard->wait_for_count(1));
    CHECK(stage.heard->values()[0].payload == "done: close");
}

}  // namespace muster::test

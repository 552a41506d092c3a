// SPDX-License-Identifier: Apache-2.0
#include "state/session_store.hpp"

#include "stored_stage.hpp"

namespace muster::test {
namespace {

using namespace std::chrono_literals;

wire::Connect kept(std::uint32_t expiry = 1'000, bool clean_start = false) {
    wire::Connect connect;
    connect.clean_start = clean_start;
    connect.properties.session_expiry_interval = expiry;
    return connect;
}

wire::Connect with_will(wire::Connect connect, std::uint32_t delay = 0) {
    connect.will = wire::Will{"gone", "farewell", Qos::at_least_once, false, {}};
    connect.will->properties.will_delay_interval = delay;
    return connect;
}

std::int64_t rows(const Stored& stored, const std::string& table) {
    auto connection = storage::Connection::open(stored.path());
    REQUIRE(connection.ok());
    const auto count = storage::query_integer(*connection, ("SELECT count(*) FROM " + table).c_str());
    REQUIRE(count.ok());
    return *count;
}

}  // namespace

TEST_CASE("a message with all its properties is after a restart what it was") {
    StoredStage on;
    const auto reader = on.stage.application("reader", "acme", kept());
    on.stage.subscribe(reader, "press-01/t", Qos::exactly_once);
    on.stage.core.connection_lost(reader, on.stage.clock.now());
    wire::Publish publish;
    publish.topic = "t";
    publish.payload = std::string_view("a\0b", 3);
    publish.qos = Qos::at_least_once;
    publish.packet_id = 1;
    publish.properties.message_expiry_interval = 100;
    publish.properties.payload_format_indicator = std::uint8_t{1};
    publish.properties.content_type = "text/plain";
    publish.properties.response_topic = "answers";
    publish.properties.correlation_data = std::string_view("\xFF\0", 2);
    publish.properties.user_properties = {{"one", "1"}, {"", ""}, {"one", "2"}};
    on.stage.say(on.stage.device("press-01"), publish);
    on.commit_and_restart(30s);

    const auto again = on.stage.application_opened("reader", kept());
    const auto& seen = on.stage.last<wire::Publish>(again);
    CHECK(seen.topic == "press-01/t");
    CHECK(seen.payload == publish.payload);
    CHECK(!seen.dup);
    CHECK(seen.properties.message_expiry_interval == 70U);
    CHECK(seen.properties.payload_format_indicator == publish.properties.payload_format_indicator);
    CHECK(seen.properties.content_type == publish.properties.content_type);
    CHECK(seen.properties.response_topic == "press-01/answers");
    CHECK(seen.properties.correlation_data == publish.properties.correlation_data);
    CHECK(seen.properties.user_properties == publish.properties.user_properties);
}

TEST_CASE("options and identifiers of subscriptions survive") {
    StoredStage on;
    const auto reader = on.stage.application("reader", "acme", kept());
    wire::Subscribe subscribe;
    subscribe.packet_id = 1;
    subscribe.requests.push_back({"#", Qos::at_least_once, true, true, 2});
    subscribe.properties.subscription_identifiers = {268'435'455U};
    on.stage.say(reader, subscribe);
    on.commit_and_restart();
    const auto again = on.stage.application("reader", "acme", kept());
    on.stage.publish(again, "own", "not for itself");
    on.stage.publish(on.stage.device("press-01"), "t", "kept", Qos::at_least_once, true);
    CHECK(on.stage.take(again) == Lines{"press-01/t=kept q1 retained"});
    CHECK(on.stage.last<wire::Publish>(again).properties.subscription_identifiers == std::vector<std::uint32_t>{268'435'455U});
}

TEST_CASE("a session expires by the time that passes while there is no broker") {
    StoredStage on;
    const auto away = on.stage.application("away", "acme", kept(100));
    on.stage.application("there", "acme", kept(100));
    on.stage.say(away, wire::Disconnect{});
    on.stage.advance(50s);
    SECTION("it is there still") {
        on.commit_and_restart(49s);
        CHECK(on.stage.come_back("away", kept()) == Lines{"connack 0 present"});
    }
    SECTION("it is over; who was connected has its time from the restart on") {
        on.commit_and_restart(60s);
        CHECK(on.stage.come_back("away", kept()) == Lines{"connack 0"});
        on.stage.advance(99s);
        CHECK(on.stage.come_back("there", kept()) == Lines{"connack 0 present"});
    }
    SECTION("a second restart does not begin the time anew") {
        on.commit_and_restart(1s);
        on.commit_and_restart(99s);
        CHECK(on.stage.come_back("there", kept()) == Lines{"connack 0 present"});
        on.commit_and_restart(1s);
        on.commit_and_restart(999s);
        on.commit_and_restart(2s);
        CHECK(on.stage.come_back("there", kept()) == Lines{"connack 0"});
    }
}

TEST_CASE("the will of who was connected is published after the restart, of a session that ends with its connection too") {
    StoredStage on;
    on.stage.subscribe(on.stage.application("reader", "acme", kept()), "+/gone");
    const std::uint32_t delay = GENERATE(0U, 10U);
    on.stage.device("press-01", "acme", with_will(kept(1'000), delay));
    on.stage.device("press-02", "acme", with_will(kept(0)));
    on.stage.say(on.stage.device("press-03", "acme", with_will(kept(1'000))), wire::Disconnect{});
    on.commit_and_restart();
    on.stage.advance(std::chrono::seconds(delay));
    on.commit_and_restart(std::chrono::seconds(delay));
    Lines seen = on.stage.come_back("reader", kept());
    std::sort(seen.begin(), seen.end());
    CHECK(seen == Lines{"connack 0 present", "press-01/gone=farewell q1", "press-02/gone=farewell q1"});
}

TEST_CASE("a delayed will is not published if its client is back before it") {
    StoredStage on;
    const auto reader = on.stage.application("reader", "acme", kept());
    on.stage.subscribe(reader, "+/gone");
    on.stage.core.connection_lost(on.stage.device("press-01", "acme", with_will(kept(), 100)), on.stage.clock.now());
    on.commit_and_restart(50s);
    on.stage.device("press-01", "acme", kept());
    on.stage.advance(100s);
    CHECK(on.stage.come_back("reader", kept()) == Lines{"connack 0 present"});
}

TEST_CASE("what is over leaves nothing in the file") {
    StoredStage on;
    for (int round = 0; round < 3; ++round) {
        const auto reader = on.stage.application("reader", "acme", with_will(kept()));
        on.stage.subscribe(reader, "#", Qos::exactly_once);
        on.stage.subscribe(reader, "$share/g/#", Qos::at_least_once);
        on.stage.subscribe(reader, "$share/partition:p/#", Qos::at_least_once);
        const auto device = on.stage.device("press-01", "acme", kept());
        on.stage.publish(device, "t", "one", Qos::exactly_once, true, 1);
        on.stage.publish(device, "t", "two", Qos::exactly_once, true, 2);
        on.stage.publish(device, "t", "", Qos::at_least_once, true);
        REQUIRE(on.stored.journal->commit().ok());
        if (round == 1) on.restart();
        on.stage.device("press-01", "acme", kept(0, true));
        on.stage.say(on.stage.application("reader", "acme", kept(0, true)), wire::Disconnect{});
        on.stage.advance(1s);
    }
    REQUIRE(on.stored.journal->commit().ok());
    on.stage.restart();
    on.stored.close();
    for (const char* table : {"sessions", "wills", "subscriptions", "held_ids", "messages", "deliveries", "retained", "shared_groups"}) {
        INFO(table);
        CHECK(rows(on.stored, table) == 0);
    }
}

TEST_CASE("a restart without state forgets what is stored") {
    StoredStage on;
    const auto reader = on.stage.application("reader", "acme", kept());
    on.stage.subscribe(reader, "#");
    on.stage.say(reader, wire::Disconnect{});
    on.stage.publish(on.stage.device("press-01"), "t", "kept", Qos::at_least_once, true);
    on.stage.core.forget_everything(on.stage.clock.now());
    on.stage.advance(2'000s);  // What was to expire is gone already.
    on.commit_and_restart();
    const auto again = on.stage.application_opened("reader", kept());
    on.stage.subscribe(again, "#");
    CHECK(on.stage.take(again) == Lines{"connack 0", "suback 1"});
}

TEST_CASE("who was deleted as the broker ended has no session in the next") {
    StoredStage on;
    on.stage.device("press-01", "acme", kept());
    REQUIRE(on.stored.journal->commit().ok());
    on.stage.directory.withdraw("acme", "press-01", tenancy::Standing::unknown);
    on.restart();
    on.stage.directory.withdraw("acme", "press-01", tenancy::Standing::good);
    CHECK(on.stage.core.clients("acme").empty());
}

TEST_CASE("a device that moves between members moves on after a restart, in its order") {
    StoredStage on;
    const std::string filter = "$share/partition:p/#";
    const auto first = on.stage.application("first", "acme", kept());
    on.stage.subscribe(first, filter);
    on.stage.take(first);
    const auto device = on.stage.device("press-01", "acme");
    on.stage.publish(device, "t", "1", Qos::at_least_once);
    // Enough others that the device moves; it does when the first has acknowledged what it has of it.
    std::vector<std::string> others;
    for (int i = 0; i < 8; ++i) {
        others.push_back("other-" + std::to_string(i));
        on.stage.subscribe(on.stage.application(others.back(), "acme", kept()), filter);
    }
    on.stage.publish(device, "t", "2", Qos::at_least_once);
    CHECK(on.stage.take(first) == Lines{"press-01/t=1 q1"});
    on.commit_and_restart();

    std::map<std::string, core::ConnectionId> connections;
    for (const auto& id : others) connections[id] = on.stage.application_opened(id, kept());
    for (const auto& [id, connection] : connections) CHECK(on.stage.take(connection) == Lines{"connack 0 present"});
    const auto again = on.stage.application_opened("first", kept());
    CHECK(on.stage.take(again) == Lines{"connack 0 present", "press-01/t=1 q1 dup"});
    REQUIRE(on.stage.acknowledge_oldest(again));
    Lines seen;
    for (const auto& [id, connection] : connections) {
        for (const auto& line : on.stage.take(connection)) seen.push_back(line);
    }
    CHECK(seen == Lines{"press-01/t=2 q1"});
}

TEST_CASE("what cannot be stored is stored when there is room again") {
    StoredStage on;
    const auto reader = on.stage.application("reader", "acme", kept());
    on.stage.subscribe(reader, "#");
    REQUIRE(on.stored.journal->commit().ok());
    on.stage.say(reader, wire::Disconnect{});
    REQUIRE(on.stored.store->limit_pages(1).ok());  // It is at least as large as it is.
    const auto device = on.stage.device("press-01");
    const std::string large(100'000, 'x');
    on.stage.publish(device, "t", large, Qos::at_least_once);
    const auto failed = on.stored.journal->commit();
    REQUIRE(!failed.ok());
    CHECK(failed.error().code() == Code::no_space);
    CHECK(!on.stored.journal->is_empty());
    REQUIRE(on.stored.store->limit_pages(100'000).ok());
    on.commit_and_restart();
    CHECK(on.stage.come_back("reader", kept()) == Lines{"connack 0 present", "press-01/t=" + large + " q1"});
}

}  // namespace muster::test

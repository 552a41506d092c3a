// SPDX-License-Identifier: Apache-2.0
// The backlog goes at its pace; alarms overtake it, what is published now is not held, what expires while it is held is not sent.
#include "device/config_groups.hpp"
#include "drain_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace muster::device {
namespace {

PublishOptions of(Priority priority, std::chrono::seconds time_to_live = std::chrono::seconds(0)) {
    PublishOptions options;
    options.priority = priority;
    options.time_to_live = time_to_live;
    return options;
}

DrainOptions paced(std::uint32_t messages_per_second) {
    return {DrainConfig{messages_per_second, 0, milliseconds(0)}, 0};
}

std::vector<RecordId> ids(const std::vector<Record>& records) {
    std::vector<RecordId> ids;
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
}

TEST_CASE("without a word about it a backlog has a pace, but not where there is no fleet") {
    const auto pace = [](const std::string& url, const std::optional<DrainConfig>& said = std::nullopt) {
        return pace_towards({base::parse_endpoint(url).value()}, said);
    };
    REQUIRE(pace("mqtts://broker.example"));
    CHECK(pace("mqtts://broker.example")->messages_per_second == 10);
    CHECK_FALSE(pace("mqtt://127.0.0.1"));
    CHECK(pace("mqtt://127.0.0.1", DrainConfig{})->messages_per_second == 10);
    CHECK(pace("mqtts://broker.example", DrainConfig{0, 0, {}})->messages_per_second == 0);
}

TEST_CASE("a backlog goes at its pace, in its order, and an alarm passes it at once") {
    World world(10, paced(2));
    world.publish("other", 100);
    CHECK(world.take(64, Wait::for_full_batches).size() == 6);
    CHECK(world.take(64, Wait::for_full_batches).empty());
    CHECK(world.drain.next_deadline() == start + milliseconds(500));
    world.publish("alarm/x", 1, of(Priority::alarm));
    CHECK(ids(world.take(64, Wait::for_full_batches)) == std::vector<RecordId>{101});
    CHECK(ids(world.take(64, Wait::for_full_batches, start + milliseconds(1'000))) == std::vector<RecordId>{7, 8});
    // Whoever waits for it gets it.
    CHECK(world.take(64, Wait::no, start + milliseconds(1'000)).size() == 64);
}

TEST_CASE("what is published on the connection is not held, and in a class that is sent newest first it goes first") {
    const auto order = GENERATE(DrainOrder::oldest_first, DrainOrder::newest_first);
    OutboxLimits limits;
    limits.normal.order = order;
    // Without a class that batches; with one, what became ready goes first all the same.
    World world(0, paced(2), limits);
    world.publish("other", 100);
    CHECK(world.take(64, Wait::for_full_batches).size() == 6);
    world.publish("other", 20);
    const auto live = ids(world.take(64, Wait::for_full_batches));
    REQUIRE(live.size() == 20);
    CHECK(live.front() == (order == DrainOrder::oldest_first ? 7 : 120));
    CHECK(live.back() == (order == DrainOrder::oldest_first ? 26 : 101));
    // On the next connection it is backlog like the rest.
    world.drain.forget_all();
    world.outbox->release_all();
    world.publish("other", 50);
    ++world.link;
    CHECK(world.take(64, Wait::for_full_batches, start + milliseconds(1'000)).size() == 2);
}

TEST_CASE("a backlog of one class does not hold what is new in another") {
    World world(10, paced(1));
    world.publish("other", 500, of(Priority::bulk));
    CHECK(world.take(64, Wait::for_full_batches).size() == 3);
    for (int i = 0; i < 20; ++i) {
        world.publish("other", 10);
        const auto taken = world.take(64, Wait::for_full_batches);
        CHECK(std::count_if(taken.begin(), taken.end(), [](const Record& record) { return record.priority == Priority::normal; }) == 10);
    }
}

TEST_CASE("a batch is one message of the backlog") {
    World world(10, paced(1));
    world.publish("batched/x", 100);
    CHECK(world.take(64, Wait::for_full_batches).size() == 3);
    CHECK(world.take(64, Wait::for_full_batches, start + milliseconds(999)).empty());
    CHECK(world.take(64, Wait::for_full_batches, start + milliseconds(1'000)).size() == 1);
    // What a busy broker sent back does not wait for its turn once more.
    world.outbox->release(world.drain.put_back({31}));
    const auto again = world.take(64, Wait::for_full_batches, start + milliseconds(1'000));
    CHECK(ids(again) == std::vector<RecordId>{31});
}

TEST_CASE("an alarm overtakes batches that became ready before it") {
    World world(2);
    world.publish("batched/x", 40);
    CHECK(world.take(5, Wait::for_full_batches).size() == 5);
    world.publish("alarm/x", 1, of(Priority::alarm));
    CHECK(world.take(5, Wait::for_full_batches).at(0).id == 41);
}

TEST_CASE("a batch is sent before its first reading expires, with what is left of it") {
    World world(10);
    world.publish("batched/x", 1, of(Priority::normal, std::chrono::seconds(1)));
    world.publish("batched/x", 1, of(Priority::normal, std::chrono::seconds(3'600)));
    CHECK(world.take(64, Wait::for_full_batches).empty());
    REQUIRE(world.drain.next_deadline());
    CHECK(*world.drain.next_deadline() <= start + milliseconds(500));
    const auto sent = world.take(64, Wait::for_full_batches, start + milliseconds(500));
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].message.expires_after == std::chrono::seconds(1));
    CHECK(world.drain.expand({sent[0].id}) == std::vector<RecordId>{1, 2});
    // What lives for ever does not expire with others.
    world.publish("batched/x", 1, of(Priority::normal, std::chrono::seconds(3'600)));
    world.publish("batched/x", 1);
    const auto rest = world.take(64, Wait::no, start + milliseconds(500));
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].message.expires_after);
    CHECK_FALSE(rest[1].message.expires_after);
}

TEST_CASE("what expires while it is held is given back, with all that is behind it, and the outbox drops it") {
    World world(10, paced(1));
    world.publish("batched/x", 40, of(Priority::normal, std::chrono::seconds(2)));
    world.publish("batched/x", 10);
    CHECK(world.take(64, Wait::for_full_batches).size() == 3);
    const auto back = world.drain.take_back_expired(start + milliseconds(1'000));
    CHECK(back.empty());
    const auto expired = world.drain.take_back_expired(start + milliseconds(2'000));
    CHECK(expired.size() == 20);
    CHECK(*std::min_element(expired.begin(), expired.end()) == 31);
    CHECK(world.drain.take_back_expired(start + milliseconds(2'000)).empty());
}

TEST_CASE("a reading under suspicion is in no batch") {
    World world(10, {std::nullopt, 2});
    world.publish("batched/x", 5);
    const std::vector<RecordId> suspects{2, 3};
    for (int i = 0; i < 2; ++i) {
        REQUIRE(world.take(64, Wait::no).size() >= 1);
        world.drain.forget_all();
        REQUIRE(world.outbox->release_all(suspects));
    }
    const auto taken = world.take(64, Wait::no);
    CHECK(ids(taken) == std::vector<RecordId>{1, 2, 3, 4});
    CHECK(world.drain.expand({4}) == std::vector<RecordId>{4, 5});
    CHECK(world.drain.expand({2}) == std::vector<RecordId>{2});
}

}  // namespace
}  // namespace muster::device

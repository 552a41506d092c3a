// SPDX-License-Identifier: Apache-2.0
// Partitioned consumption: whole devices to one member, in order, and what happens when they move.
#include "core/partition.hpp"

#include "partition_stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace std::chrono_literals;

TEST_CASE("all of one device's messages go to one member, in their order, and every member has devices") {
    PartitionStage stage;
    for (const auto* id : {"one", "two", "three"}) stage.join(id);
    for (int round = 0; round < 3; ++round) stage.publish_all(Qos::at_most_once);
    std::size_t devices = 0;
    for (const auto* id : {"one", "two", "three"}) {
        const auto had = stage.take_by_device(id);
        for (const auto& [device, numbers] : had) CHECK(numbers == std::vector<int>{1, 2, 3});
        CHECK(had.size() > 5);
        devices += had.size();
    }
    CHECK(devices == PartitionStage::device_count);
}

TEST_CASE("a member that joins takes a fair share, from all others, and nothing else moves") {
    core::Partition::Members members;
    core::Partition partition;
    const auto owners = [&] {
        std::vector<const core::SharedMember*> all;
        for (int i = 0; i < 10'000; ++i) all.push_back(partition.owner(core::Partition::slot_of("device-" + std::to_string(i))));
        return all;
    };
    const auto join = [&](const std::string& name) {
        members.push_back({nullptr, {}, core::Partition::hash_of(name)});
        partition.add(members.back());
    };
    join("worker-0");
    for (int count = 2; count <= 8; ++count) {
        const auto before = owners();
        join("worker-" + std::to_string(count));
        const auto after = owners();
        int moved = 0;
        for (std::size_t i = 0; i < after.size(); ++i) {
            if (after[i] == before[i]) continue;
            REQUIRE(after[i] == &members.back());
            ++moved;
        }
        INFO(count << " members, " << moved << " devices moved");
        CHECK(moved > 10'000 / count * 7 / 10);
        CHECK(moved < 10'000 / count * 13 / 10);
    }
    const auto before = owners();
    core::Partition::Members left;
    left.splice(left.end(), members, std::next(members.begin(), 3));
    partition.remove(left.front(), members);
    const auto after = owners();
    std::set<const core::SharedMember*> heirs;
    for (std::size_t i = 0; i < after.size(); ++i) {
        REQUIRE((after[i] == before[i]) == (before[i] != &left.front()));
        if (after[i] != before[i]) heirs.insert(after[i]);
    }
    CHECK(heirs.size() == members.size());
}

TEST_CASE("what a member with a device had not acknowledged goes to the next before anything newer") {
    PartitionStage stage;
    stage.join("one", 0, 2);
    stage.join("two", 0);
    const std::string device = stage.device_of("one");
    for (int i = 0; i < 4; ++i) stage.publish(device);
    CHECK(stage.take_by_device("one")[device] == std::vector<int>{1, 2});
    stage.acknowledge_one("one");
    CHECK(stage.take_by_device("one")[device] == std::vector<int>{3});
    stage.lose("one");
    stage.publish(device);
    CHECK(stage.take_by_device("two")[device] == std::vector<int>{2, 3, 4, 5});
}

TEST_CASE("a member that is away keeps its devices until its session ends") {
    PartitionStage stage;
    stage.join("one", 10);
    stage.join("two", 10);
    const std::string device = stage.device_of("one");
    stage.publish(device);
    stage.lose("one");
    stage.publish(device);
    stage.clock().advance(5s);
    stage.come_back("one");
    CHECK(stage.take_by_device("one")[device] == std::vector<int>{1, 2});
    stage.acknowledge_one("one");
    stage.lose("one");
    stage.publish(device);
    CHECK(stage.take_by_device("two").empty());
    stage.advance(10s);
    stage.publish(device);
    CHECK(stage.take_by_device("two")[device] == std::vector<int>{2, 3, 4});
}

TEST_CASE("a device that moves to a member that joined waits until the old one has acknowledged") {
    PartitionStage stage;
    stage.join("one", 0, 1);
    for (const auto& device : stage.devices) {
        stage.publish(device);
        stage.publish(device);
    }
    const auto first = stage.take_by_device("one");
    REQUIRE(first.size() == 1);
    const std::string busy = first.begin()->first;
    // Whoever gets the busy device; the others' messages are there at once.
    std::string heir;
    for (int i = 2; heir.empty(); ++i) {
        const std::string id = "worker-" + std::to_string(i);
        stage.join(id);
        auto got = stage.take_by_device(id);
        CHECK(got.count(busy) == 0);
        for (const auto& [device, numbers] : got) CHECK(numbers == std::vector<int>{1, 2});
        if (stage.owner_of(busy) == id) heir = id;
    }
    stage.publish(busy);
    CHECK(stage.take_by_device(heir).count(busy) == 0);
    stage.acknowledge_one("one");
    CHECK(stage.take_by_device(heir)[busy] == std::vector<int>{2, 3});
}

TEST_CASE("a member that unsubscribes finishes what it was sent, and its devices move after that") {
    PartitionStage stage;
    stage.join("one", 10);
    stage.join("two");
    const std::string device = stage.device_of("one");
    stage.publish(device);
    stage.unsubscribe("one");
    stage.publish(device);
    CHECK(stage.take_by_device("two").count(device) == 0);
    SECTION("by its acknowledgement") {
        stage.acknowledge_one("one");
        CHECK(stage.take_by_device("two")[device] == std::vector<int>{2});
    }
    SECTION("or by its end") {
        stage.lose("one");
        CHECK(stage.take_by_device("two").count(device) == 0);
        stage.advance(10s);
        CHECK(stage.take_by_device("two")[device] == std::vector<int>{1, 2});
    }
    SECTION("or not at all, if it subscribes again") {
        stage.subscribe("one");
        CHECK(stage.take_by_device("one")[device] == std::vector<int>{1, 2});
        CHECK(stage.take_by_device("two").empty());
    }
    SECTION("to whoever is there then") {
        stage.join("three");
        stage.unsubscribe("two");
        stage.acknowledge_one("one");
        CHECK(stage.take_by_device("three")[device] == std::vector<int>{2});
    }
}

TEST_CASE("messages that are held for a slow member are bounded like a queue") {
    core::Limits limits;
    limits.session.max_queued = 2;
    PartitionStage stage(limits);
    stage.join("one", 10);
    stage.join("two");
    const std::string device = stage.device_of("one");
    stage.publish(device);
    stage.unsubscribe("one");
    for (int i = 0; i < 3; ++i) stage.publish(device);
    CHECK(stage.counters().deliveries.queue_full == 1);
    stage.acknowledge_one("one");
    CHECK(stage.take_by_device("two")[device] == std::vector<int>{3, 4});
}

TEST_CASE("what an application says to a device goes to the member that has the device") {
    PartitionStage stage;
    for (const auto* id : {"one", "two", "three"}) stage.join(id);
    for (const auto& device : stage.devices) {
        const std::string owner = stage.device_owner(device);
        stage.publish_as_application(device);
        CHECK(stage.take_by_device(owner)[device].size() == 1);
    }
}

TEST_CASE("in a flat tenant the publisher's client id is the device, whatever the topic") {
    PartitionStage stage({}, "flat");
    for (const auto* id : {"one", "two", "three"}) stage.join(id);
    for (int round = 0; round < 3; ++round) stage.publish_all(Qos::at_least_once);
    std::size_t devices = 0;
    for (const auto* id : {"one", "two", "three"}) {
        const auto had = stage.take_by_device(id);
        for (const auto& [device, numbers] : had) CHECK(numbers == std::vector<int>{1, 2, 3});
        devices += had.size();
    }
    CHECK(devices == PartitionStage::device_count);
}

TEST_CASE("a partition without a name is refused") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "$share/partition:/#");
    CHECK(stage.take(app) == Lines{"suback 143"});
    stage.subscribe(app, "$share/partition:x/#");
    CHECK(stage.take(app) == Lines{"suback 1"});
}

}  // namespace muster::test

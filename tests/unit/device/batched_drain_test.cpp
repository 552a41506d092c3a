// SPDX-License-Identifier: Apache-2.0
// Stored readings become batches when they are taken, and records again when they are settled or go back.
#include "device/batched_drain.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace muster::device {
namespace {

using outbox::Record;
using outbox::RecordId;
using Wait = BatchedDrain::Wait;
using std::chrono::milliseconds;

const auto start = base::SteadyTime(std::chrono::hours(1));

policy::TopicClasses classes_of(std::uint32_t max_readings) {
    TopicClass batching;
    batching.filter = "batched/#";
    batching.batch = {max_readings, 64U << 10U, milliseconds(1'000), Compression::none};
    return policy::TopicClasses::make({batching}, {}).value();
}

/// An outbox in memory, opened as a device without a file has it.
struct World {
    explicit World(std::uint32_t max_readings) : classes(classes_of(max_readings)), drain(classes) {}

    void publish(const std::string& topic, int count = 1) {
        PublishOptions options;
        options.durability = Durability::memory;
        for (int i = 0; i < count; ++i) {
            const auto payload = encode_readings({{{}, ++sequence, {}}}, Encoding::json);
            REQUIRE(outbox->accept({topic, payload, options.qos, options.retain}, options));
        }
    }
    std::vector<Record> take(std::size_t max, Wait wait, base::SteadyTime now = start) {
        auto taken = drain.take(
            max, [this](std::size_t most) { return outbox->take(most); }, wait, now);
        REQUIRE(taken);
        return std::move(*taken);
    }

    std::unique_ptr<outbox::Outbox> outbox = outbox::Outbox::open({}, {}).value();
    policy::TopicClasses classes;
    BatchedDrain drain;
    std::uint64_t sequence = 0;
};

TEST_CASE("batches wait until they are full or old, and other messages pass them") {
    World world(10);
    world.publish("batched/x", 12);
    world.publish("other", 2);
    const auto taken = world.take(64, Wait::for_full_batches);
    REQUIRE(taken.size() == 3);
    CHECK(taken[0].id == 1);
    CHECK(taken[1].message.topic == "other");
    CHECK(world.drain.next_deadline() == start + milliseconds(1'000));
    CHECK(world.take(64, Wait::for_full_batches).empty());
    const auto late = world.take(64, Wait::for_full_batches, start + milliseconds(1'000));
    REQUIRE(late.size() == 1);
    CHECK(late[0].id == 11);
    REQUIRE(world.outbox->settle(world.drain.expand({1, 11, 13, 14})));
    CHECK(world.outbox->counts().delivered == 14);
    CHECK(world.outbox->counts().waiting == 0);
}

TEST_CASE("nothing waits when it need not") {
    World world(10);
    world.publish("batched/x", 3);
    CHECK(world.take(64, Wait::no).size() == 1);
    CHECK_FALSE(world.drain.next_deadline());
}

TEST_CASE("what goes back takes along what was behind it, and comes again in its order") {
    World world(4);
    world.publish("batched/x", 10);
    CHECK(world.take(1, Wait::for_full_batches).size() == 1);
    auto back = world.drain.put_back({1});
    std::sort(back.begin(), back.end());
    CHECK(back == std::vector<RecordId>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    world.outbox->release(back);
    const auto again = world.take(64, Wait::no);
    REQUIRE(again.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(again[i].id == 1 + 4 * i);
}

TEST_CASE("after a lost connection everything comes again, and an old id is only itself") {
    World world(4);
    world.publish("batched/x", 6);
    REQUIRE(world.take(64, Wait::for_full_batches).size() == 1);
    world.drain.forget_all();
    CHECK(world.outbox->release_all() == 6);
    CHECK(world.drain.expand({1}) == std::vector<RecordId>{1});
    CHECK(world.take(64, Wait::no).size() == 2);
}

TEST_CASE("no more is taken in one go than can be put together while a publisher waits") {
    World world(10'000);
    world.publish("other", 1);
    world.publish("batched/x", 9'000);
    CHECK(world.take(64, Wait::for_full_batches).size() == 1);
    // Nothing else is ready, so the rest is looked at.
    CHECK(world.take(64, Wait::no).size() == 1);
}

TEST_CASE("an outbox that fails is told when nothing else is ready") {
    World world(2);
    world.publish("batched/x", 2);
    int calls = 0;
    const BatchedDrain::Take take = [&](std::size_t max) -> Result<std::vector<Record>> {
        if (++calls > 1) return Error{Code::io, "the disk failed"};
        return world.outbox->take(max);
    };
    CHECK(world.drain.take(64, take, Wait::for_full_batches, start)->size() == 1);
    CHECK(world.drain.take(64, take, Wait::for_full_batches, start).error().code() == Code::io);
}

}  // namespace
}  // namespace muster::device

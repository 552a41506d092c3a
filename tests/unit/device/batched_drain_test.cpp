// SPDX-License-Identifier: Apache-2.0
// Stored readings become batches when they are taken, and records again when they are settled or go back.
#include "drain_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace muster::device {
namespace {

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

TEST_CASE(
    "what goes back takes along what was behind it, and comes again in "
    "its order") {
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

TEST_CASE(
    "after a lost connection everything comes again, and an old id is "
    "only itself") {
    World world(4);
    world.publish("batched/x", 6);
    REQUIRE(world.take(64, Wait::for_full_batches).size() == 1);
    world.drain.forget_all();
    CHECK(world.outbox->release_all() == 6);
    CHECK(world.drain.expand({1}) == std::vector<RecordId>{1});
    CHECK(world.take(64, Wait::no).size() == 2);
}

TEST_CASE(
    "no more is taken in one go than can be put together while a "
    "publisher waits") {
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
    const BatchedDrain::Take take = [&](std::size_t max, const outbox::PerClass& room) -> Result<std::vector<Record>> {
        if (++calls > 1) return Error{Code::io, "the disk failed"};
        return world.outbox->take(max, room);
    };
    const BatchedDrain::Request request{64, 1, Wait::for_full_batches, world.outbox->waiting_of(), world.outbox->accepted_of()};
    CHECK(world.drain.take(request, take, start)->size() == 1);
    CHECK(world.drain.take(request, take, start).error().code() == Code::io);
}

}  // namespace
}  // namespace muster::device

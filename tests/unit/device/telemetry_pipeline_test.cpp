// SPDX-License-Identifier: Apache-2.0
// From `publish` to the outbox, in virtual time: what is stored, what its caller is told, and what an outbox that fails means.
#include "device/telemetry_pipeline.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace muster::device {
namespace {

using Origin = TelemetryPipeline::Origin;
using std::chrono::milliseconds;

base::SteadyTime at(std::int64_t ms) {
    return base::SteadyTime(std::chrono::hours(1) + milliseconds(ms));
}

Reading reading(std::uint64_t sequence, double x) {
    return {{}, sequence, {{"x", x}, {"y", 1}}};
}

/// An outbox that may fail, and what else the pipeline says.
struct World {
    struct Stored {
        Message message;
        PublishOptions options;
        Origin origin;
    };
    std::vector<Stored> stored;
    std::vector<std::string> lost;
    int nearer = 0;
    std::optional<Error> failure;
    policy::TopicClasses classes;
    TelemetryPipeline pipeline;

    explicit World(TopicClass topic_class)
        : classes(policy::TopicClasses::make({std::move(topic_class)}, {}).value()),
          pipeline(classes, {[this](const base::MessageView& message, const PublishOptions& options, Origin origin) -> Result<Receipt> {
                                 if (failure) return *failure;
                                 stored.push_back({message.to_message(), options, origin});
                                 return Receipt{stored.size()};
                             },
                             [this](const Error& why) { lost.push_back(why.message()); }, [this] { ++nearer; }}) {}
};

TopicClass limited(Keep keep = Keep::latest) {
    TopicClass made;
    made.filter = "#";
    made.rate = {milliseconds(1'000), 1, keep};
    return made;
}

TEST_CASE("a reading is stored in its class's encoding and with its options") {
    TopicClass plain;
    plain.filter = "#";
    plain.encoding = Encoding::cbor;
    plain.options.durability = Durability::disk;
    World world(plain);
    CHECK(world.pipeline.publish("a", reading(1, 2), at(0))->id == 1);
    REQUIRE(world.stored.size() == 1);
    CHECK(world.stored[0].message.topic == "a");
    CHECK(world.stored[0].message.payload == encode_readings({reading(1, 2)}, Encoding::cbor));
    CHECK(world.stored[0].options.durability == Durability::disk);
    CHECK(world.stored[0].origin == Origin::publish);
    world.failure = Error{Code::full, "full"};
    CHECK(world.pipeline.publish("a", reading(2, 2), at(0)).error().code() == Code::full);
    const auto counts = world.pipeline.counts();
    CHECK(counts.taken == 2);
    CHECK(counts.stored == 1);
    CHECK(counts.refused == 1);
}

TEST_CASE("a reading that is held has no id, wakes the loop once, and is stored when its time comes") {
    World world(limited());
    CHECK(world.pipeline.publish("a", reading(1, 0), at(0))->id == 1);
    CHECK_FALSE(world.pipeline.next_deadline());
    CHECK(world.pipeline.publish("a", reading(2, 0), at(1))->id == 0);
    CHECK(world.pipeline.publish("a", reading(3, 0), at(2))->id == 0);
    CHECK(world.nearer == 1);
    CHECK(world.pipeline.next_deadline() == at(1'000));
    world.pipeline.expire(at(999));
    CHECK(world.stored.size() == 1);
    world.pipeline.expire(at(1'000));
    REQUIRE(world.stored.size() == 2);
    CHECK(world.stored[1].origin == Origin::held);
    CHECK(decode_readings(world.stored[1].message.payload, Encoding::json)->front().sequence == 3);
    CHECK_FALSE(world.pipeline.next_deadline());
}

TEST_CASE("a held reading that the outbox does not take is told of, not its next publisher") {
    World world(limited(Keep::max));
    CHECK(world.pipeline.publish("a", reading(1, 7), at(0))->id == 0);
    world.failure = Error{Code::no_space, "the disk is full"};
    CHECK(world.pipeline.publish("a", reading(2, 8), at(1'000))->id == 0);
    CHECK(world.lost == std::vector<std::string>{"a held reading of 'a': the disk is full"});
    CHECK(world.pipeline.counts().refused == 1);
    world.failure.reset();
    world.pipeline.expire(at(2'000));
    CHECK(world.stored.size() == 1);
}

TEST_CASE("what a refusal hid is sent with the next reading, in full") {
    TopicClass delta;
    delta.filter = "#";
    delta.delta.emplace();
    World world(delta);
    REQUIRE(world.pipeline.publish("a", reading(1, 1), at(0)));
    world.failure = Error{Code::full, "full"};
    CHECK(world.pipeline.publish("a", reading(2, 5), at(1)).error().code() == Code::full);
    world.failure.reset();
    CHECK(world.pipeline.publish("a", reading(3, 5), at(2))->id == 2);
    const auto last = decode_readings(world.stored.back().message.payload, Encoding::json);
    CHECK_FALSE(last->front().is_partial);
    CHECK(last->front().values.size() == 2);
    CHECK(world.pipeline.publish("a", reading(4, 5), at(3))->id == 0);
}

TEST_CASE("closing stores what is held, and takes no more of a class that holds") {
    World world(limited(Keep::mean));
    REQUIRE(world.pipeline.publish("a", reading(1, 1), at(0)));
    REQUIRE(world.pipeline.publish("b", reading(1, 3), at(0)));
    world.pipeline.close(at(1));
    CHECK(world.stored.size() == 2);
    CHECK_FALSE(world.pipeline.next_deadline());
    CHECK(world.pipeline.publish("a", reading(2, 1), at(2)).error().code() == Code::stopped);
    CHECK(world.pipeline.counts().held == 0);
    CHECK(world.pipeline.counts().taken == 2);
}

}  // namespace
}  // namespace muster::device

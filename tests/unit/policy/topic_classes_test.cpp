// SPDX-License-Identifier: Apache-2.0
// Which QoS class a topic belongs to, and a reading made into a message.
#include "policy/topic_classes.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace muster::policy {
namespace {

PublishOptions with(Durability durability) {
    PublishOptions options;
    options.durability = durability;
    return options;
}

TopicClass make_batching(std::string filter) {
    TopicClass made;
    made.filter = std::move(filter);
    made.batch.emplace();
    return made;
}

TEST_CASE("the first class that matches decides, and the fallback where none does") {
    const auto classes = TopicClasses::make(
        {{"alarm/#", with(Durability::disk)}, {"+/fast", with(Durability::memory)}, {"alarm/x", with(Durability::memory)}},
        with(Durability::process));
    REQUIRE(classes);
    CHECK(classes->options_for("alarm").durability == Durability::disk);
    CHECK(classes->options_for("alarm/x").durability == Durability::disk);
    CHECK(classes->options_for("alarm/fast").durability == Durability::disk);
    CHECK(classes->options_for("line/fast").durability == Durability::memory);
    CHECK(classes->options_for("line/fast/x").durability == Durability::process);
    CHECK(classes->options_for("alarms").durability == Durability::process);
}

TEST_CASE("a device knows whether any of its classes batches") {
    CHECK_FALSE(TopicClasses::make({{"a", {}}}, {})->has_batches());
    CHECK(TopicClasses::make({{"a", {}}, make_batching("b")}, {})->has_batches());
}

TEST_CASE("wildcards at the first level do not match topics that begin with a dollar sign") {
    const auto classes = TopicClasses::make({{"#", with(Durability::memory)}}, with(Durability::process));
    REQUIRE(classes);
    CHECK(classes->options_for("$SYS/x").durability == Durability::process);
    CHECK(classes->options_for("x").durability == Durability::memory);
}

TEST_CASE("a class with a filter that is none is refused by its place") {
    const auto filter = GENERATE(as<std::string>(), "", "a/#/b", "a+", "a/b#", std::string("a\0b", 3));
    const auto classes = TopicClasses::make({{"ok/#", {}}, {filter, {}}}, {});
    REQUIRE_FALSE(classes);
    CHECK(classes.error().code() == Code::invalid_argument);
    CHECK(classes.error().message().find("classes[1]: ") == 0);
}

TEST_CASE("a message carries its topic, its payload, and what the class says of QoS and retain") {
    PublishOptions options;
    options.qos = Qos::at_most_once;
    options.retain = true;
    const Message raw = make_message("a/b", std::string_view("\0x", 2), options);
    CHECK(raw.topic == "a/b");
    CHECK(raw.payload == std::string("\0x", 2));
    CHECK(raw.qos == Qos::at_most_once);
    CHECK(raw.retain);
    Reading reading;
    reading.sequence = 3;
    reading.values = {{"v", 1.5}};
    TopicClass topic_class;
    const Message made = make_message("a/b", reading, topic_class);
    CHECK(made.payload == R"({"t":0,"seq":3,"v":1.5})");
    CHECK(made.qos == Qos::at_least_once);
    CHECK_FALSE(made.retain);
    topic_class.encoding = Encoding::protobuf;
    CHECK(make_message("a/b", reading, topic_class).payload == encode_readings({reading}, Encoding::protobuf));
}

}  // namespace
}  // namespace muster::policy

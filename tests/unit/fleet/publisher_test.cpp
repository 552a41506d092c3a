// SPDX-License-Identifier: Apache-2.0
// What a publisher sends is MQTT, numbered without gaps.
#include "load/publisher.hpp"

#include "wire/decode.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

Plan plan_with(Qos qos, wire::Version version) {
    Plan plan;
    plan.version = version;
    plan.publishers = {.count = 10, .qos = qos, .identity = [](std::uint32_t number) {
                           ClientIdentity identity;
                           identity.topic = expand("{n}", number);  // One byte, which also stands elsewhere in the packet.
                           return identity;
                       }};
    plan.subscribers.count = 1;
    plan.window = plan.messages_per_write = 16;
    return plan;
}

std::vector<wire::Publish> decode_all(std::string_view bytes, wire::Version version) {
    std::vector<wire::Publish> messages;
    while (!bytes.empty()) {
        const auto next = wire::next_frame(bytes, bytes.size());
        REQUIRE(std::holds_alternative<wire::Frame>(next));
        const auto& frame = std::get<wire::Frame>(next);
        const auto decoded = wire::decode(frame, version);
        REQUIRE(std::holds_alternative<wire::Packet>(decoded));
        messages.push_back(std::get<wire::Publish>(std::get<wire::Packet>(decoded)));
        bytes.remove_prefix(frame.total_size);
    }
    return messages;
}

}  // namespace

TEST_CASE("messages are numbered, stamped with their time, and decode in both versions and every QoS") {
    for (const auto version : {wire::Version::v311, wire::Version::v5}) {
        for (const auto qos : {Qos::at_most_once, Qos::at_least_once, Qos::exactly_once}) {
            Publisher publisher(plan_with(qos, version), 2);
            std::string bytes;
            publisher.append(2, base::SteadyTime(5s), bytes);
            publisher.append(1, base::SteadyTime(6s), bytes);
            const auto messages = decode_all(bytes, version);
            REQUIRE(messages.size() == 3);
            for (std::size_t i = 0; i < 3; ++i) {
                CHECK(messages[i].topic == "2");
                CHECK(messages[i].payload.size() == 64);
                CHECK(messages[i].packet_id == (qos == Qos::at_most_once ? 0 : i + 1));
                const auto stamp = read_stamp(messages[i].payload);
                REQUIRE(stamp);
                CHECK(stamp->publisher == 2);
                CHECK(stamp->sequence == i);
                CHECK(stamp->intended == base::SteadyTime(i < 2 ? 5s : 6s));
            }
            CHECK(publisher.window().outstanding() == 3);
        }
    }
}

TEST_CASE("a publisher with an end sends exactly as many messages") {
    Plan plan = plan_with(Qos::at_most_once, wire::Version::v311);
    plan.messages_per_publisher = 20;
    Publisher publisher(plan, 0);
    std::string bytes;
    CHECK(publisher.next_write() == 16);
    publisher.append(16, {}, bytes);
    CHECK(publisher.next_write() == 4);
    publisher.append(4, {}, bytes);
    CHECK(publisher.next_write() == 0);
}

TEST_CASE("packet identifiers begin again after 65,535 and are never 0") {
    Publisher publisher(plan_with(Qos::at_least_once, wire::Version::v311), 0);
    std::string bytes;
    publisher.append(65'534, {}, bytes);
    bytes.clear();
    publisher.append(2, {}, bytes);
    const auto messages = decode_all(bytes, wire::Version::v311);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].packet_id == 65'535);
    CHECK(messages[1].packet_id == 1);
}

}  // namespace muster::test

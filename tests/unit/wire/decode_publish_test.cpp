// SPDX-License-Identifier: Apache-2.0
// PUBLISH: what it says, and with which reason a malformed one is refused.
#include "exact.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace wire;

TEST_CASE("a PUBLISH is read with its flags, its properties and its payload") {
    const std::string properties = with_length(bytes_of({0x02, 0, 0, 0, 60, 0x26, 0, 1, 'k', 0, 1, 'v'}));
    const std::string bytes = framed(0x33, field("a/b") + bytes_of({1, 2}) + properties + bytes_of({'x', 0, 0xFF}));
    const auto result = read(bytes, Version::v5);
    const auto& publish = std::get<Publish>(std::get<Packet>(result));
    CHECK_FALSE(publish.dup);
    CHECK(publish.qos == Qos::at_least_once);
    CHECK(publish.retain);
    CHECK(publish.topic == "a/b");
    CHECK(publish.packet_id == 0x102);
    CHECK(publish.properties.message_expiry_interval == 60U);
    REQUIRE(publish.properties.user_properties.size() == 1);
    CHECK(publish.properties.user_properties[0].second == "v");
    CHECK(publish.payload == bytes_of({'x', 0, 0xFF}));
}

TEST_CASE("text and payload are views of the buffer") {
    const std::string bytes = framed(0x30, field("topic") + "payload");
    const auto result = read(bytes, Version::v311);
    const auto& publish = std::get<Publish>(std::get<Packet>(result));
    CHECK(publish.topic.data() == bytes.data() + 4);
    CHECK(publish.payload.data() == bytes.data() + 9);
}

TEST_CASE("a topic may have any characters but NUL and wildcards") {
    for (const std::string topic :
         {"a b", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "$SYS/x", "/", "//", "\x01", "\x7F", "\xEF\xBB\xBFt"}) {
        INFO(topic);
        const std::string bytes = framed(0x30, field(topic));
        const auto result = read(bytes, Version::v311);
        CHECK(std::get<Publish>(std::get<Packet>(result)).topic == topic);  // Also a byte order mark [MQTT-1.5.4-3].
    }
    const std::string longest(max_string_bytes, 't');
    const std::string bytes = bytes_of({0x30, 0x81, 0x80, 0x04}) + field(longest);
    CHECK(is_read_as<Publish>(bytes, Version::v311));
}

TEST_CASE("a malformed PUBLISH is refused with its reason") {
    const Version v311 = Version::v311;
    const Version v5 = Version::v5;
    const ReasonCode malformed = ReasonCode::malformed_packet;
    const std::vector<Fault> faults{
        {"DUP with QoS 0", v311, framed(0x38, field("t")), malformed},
        {"QoS 3", v311, framed(0x36, field("t") + bytes_of({0, 1})), malformed},
        {"packet id 0", v311, framed(0x32, field("t") + bytes_of({0, 0})), ReasonCode::protocol_error},
        {"no packet id", v311, framed(0x32, field("t")), malformed},
        {"half a packet id", v311, framed(0x32, field("t") + bytes_of({1})), malformed},
        {"no topic at all", v311, framed(0x30, ""), malformed},
        {"a topic cut short", v311, framed(0x30, bytes_of({0, 9, 't'})), malformed},
        {"a topic with #", v311, framed(0x30, field("a/#")), ReasonCode::topic_name_invalid},
        {"a topic with +", v311, framed(0x30, field("+")), ReasonCode::topic_name_invalid},
        {"a topic with NUL", v311, framed(0x30, field(bytes_of({'t', 0}))), malformed},
        {"a topic that is not UTF-8", v311, framed(0x30, field("\xFF")), malformed},
        {"a topic that ends inside a character", v311, framed(0x30, field("t\xE2\x82")), malformed},
        {"an empty topic in 3.1.1", v311, framed(0x30, field("")), ReasonCode::protocol_error},
        {"an empty topic without alias", v5, framed(0x30, field("") + bytes_of({0})), ReasonCode::protocol_error},
        {"topic alias 0", v5, framed(0x30, field("t") + with_length(bytes_of({0x23, 0, 0}))), ReasonCode::topic_alias_invalid},
        {"no properties in 5.0", v5, framed(0x30, field("t")), malformed},
        {"properties beyond the packet", v5, framed(0x30, field("t") + bytes_of({9, 0x01, 1})), malformed},
        {"a response topic with a wildcard", v5, framed(0x30, field("t") + with_length(bytes_of({0x08}) + field("r/#"))),
         ReasonCode::topic_name_invalid},
        {"an empty response topic", v5, framed(0x30, field("t") + with_length(bytes_of({0x08}) + field(""))),
         ReasonCode::topic_name_invalid},
    };
    for (const auto& one : faults) {
        INFO(one.what);
        CHECK(static_cast<int>(fault_of(one.bytes, one.version)) == static_cast<int>(one.reason));
    }
}

}  // namespace muster::test

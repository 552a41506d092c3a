// SPDX-License-Identifier: Apache-2.0
// CONNECT: what it says, and with which reason a malformed one is refused.
#include "exact.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace wire;

std::string connect(int level, int flags, const std::string& rest) {
    return framed(0x10, field("MQTT") + bytes_of({level, flags, 0, 10}) + rest);
}

}  // namespace

TEST_CASE("a CONNECT is read with its will, its credentials and its properties") {
    const std::string bytes = connect(5, 0xEE,
                                      with_length(bytes_of({0x11, 0, 0, 0, 30})) + field("c1") + with_length(bytes_of({0x18, 0, 0, 0, 9})) +
                                          field("w") + field(bytes_of({0, 0xFF})) + field("usr") + field("pw"));
    const auto result = read(bytes, Version::v311);  // What the connection was before does not matter.
    const auto& packet = std::get<Connect>(std::get<Packet>(result));
    CHECK(packet.version == Version::v5);
    CHECK(packet.clean_start);
    CHECK(packet.keep_alive == 10);
    CHECK(packet.client_id == "c1");
    CHECK(packet.properties.session_expiry_interval == 30U);
    REQUIRE(packet.will);
    CHECK(packet.will->topic == "w");
    CHECK(packet.will->payload == bytes_of({0, 0xFF}));
    CHECK(packet.will->qos == Qos::at_least_once);
    CHECK(packet.will->retain);
    CHECK(packet.will->properties.will_delay_interval == 9U);
    CHECK(packet.username == std::string_view("usr"));
    CHECK(packet.password == std::string_view("pw"));
}

TEST_CASE("an empty user name is not the same as none") {
    const std::string bytes = connect(4, 0x82, field("c1") + field(""));
    const auto result = read(bytes, Version::v5);
    const auto& packet = std::get<Connect>(std::get<Packet>(result));
    CHECK(packet.username == std::string_view(""));
    CHECK_FALSE(packet.password);
    CHECK_FALSE(packet.will);
}

TEST_CASE("a version that is not supported is told, with what was asked for") {
    struct Case {
        std::string bytes;
        int level;
    };
    const std::vector<Case> cases{
        {framed(0x10, field("MQIsdp") + bytes_of({3, 2, 0, 10}) + field("c1")), 3},
        {connect(3, 2, field("c1")), 3},
        {connect(6, 2, field("c1")), 6},
        {connect(0x84, 2, field("c1")), 0x84},  // A bridge's private mark.
        {framed(0x10, field("mqtt") + bytes_of({4, 2, 0, 10}) + field("c1")), 4},
    };
    for (const auto& one : cases) {
        const auto result = read(one.bytes, Version::v5);
        REQUIRE(std::holds_alternative<DecodeError>(result));
        CHECK(std::get<DecodeError>(result).reason == ReasonCode::unsupported_protocol_version);
        CHECK(std::get<DecodeError>(result).protocol_level == one.level);
    }
}

TEST_CASE("a malformed CONNECT is refused with its reason") {
    const Version any = Version::v5;
    const ReasonCode malformed = ReasonCode::malformed_packet;
    const std::string nothing = bytes_of({0});  // No properties.
    const std::vector<Fault> faults{
        {"no protocol name", any, framed(0x10, ""), malformed},
        {"a name cut short", any, framed(0x10, bytes_of({0, 4, 'M', 'Q'})), malformed},
        {"no level", any, framed(0x10, field("MQTT")), malformed},
        {"a reserved flag", any, connect(4, 0x03, field("c")), malformed},
        {"a reserved flag in 5.0", any, connect(5, 0x03, nothing + field("c")), malformed},
        {"will QoS 3", any, connect(4, 0x1E, field("c") + field("w") + field("")), malformed},
        {"will QoS without will", any, connect(4, 0x0A, field("c")), malformed},
        {"will retain without will", any, connect(4, 0x22, field("c")), malformed},
        {"a password without user name in 3.1.1", any, connect(4, 0x42, field("c") + field("p")), malformed},
        {"no client id", any, connect(4, 2, ""), malformed},
        {"a client id that is not UTF-8", any, connect(4, 2, field("\xFF")), malformed},
        {"a client id with NUL", any, connect(4, 2, field(bytes_of({'a', 0}))), malformed},
        {"a client id with a surrogate", any, connect(4, 2, field("\xED\xA0\x80")), malformed},
        {"a client id in an overlong form", any, connect(4, 2, field("\xC0\xAF")), malformed},
        {"a user name that is not UTF-8", any, connect(4, 0x82, field("c") + field("\x80")), malformed},
        {"a will topic with a wildcard", any, connect(4, 6, field("c") + field("a/#") + field("")), ReasonCode::topic_name_invalid},
        {"an empty will topic", any, connect(4, 6, field("c") + field("") + field("")), ReasonCode::topic_name_invalid},
        {"a will without payload", any, connect(4, 6, field("c") + field("w")), malformed},
        {"no user name where one is told", any, connect(4, 0x82, field("c")), malformed},
        {"no password where one is told", any, connect(4, 0xC2, field("c") + field("u")), malformed},
        {"bytes after its end", any, connect(4, 2, field("c") + "x"), malformed},
        {"no properties in 5.0", any, connect(5, 2, ""), malformed},
        {"authentication data without a method", any, connect(5, 2, with_length(bytes_of({0x16, 0, 1, 'd'})) + field("c")),
         ReasonCode::protocol_error},
    };
    for (const auto& one : faults) {
        INFO(one.what);
        CHECK(static_cast<int>(fault_of(one.bytes, one.version)) == static_cast<int>(one.reason));
    }
}

TEST_CASE("a password without a user name is allowed in 5.0") {
    CHECK(is_read_as<Connect>(connect(5, 0x42, bytes_of({0}) + field("c") + field("p")), Version::v5));
}

}  // namespace muster::test

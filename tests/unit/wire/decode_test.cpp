// SPDX-License-Identifier: Apache-2.0
// What packets mean, and with which reason a malformed one is refused.
#include "wire/decode.hpp"

#include "golden.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace wire;

Decoded decode_bytes(const std::string& bytes, Version version) {
    const auto next = next_frame(bytes, 1U << 20U);
    if (const auto* error = std::get_if<DecodeError>(&next)) return *error;
    REQUIRE(std::holds_alternative<Frame>(next));
    return decode(std::get<Frame>(next), version);
}

}  // namespace

TEST_CASE("a CONNECT is read with its will, its credentials and its properties") {
    const auto golden = golden_packets()[1];
    const auto decoded = decode_bytes(golden.bytes, Version::v5);
    const auto& connect = std::get<Connect>(std::get<Packet>(decoded));
    CHECK(connect.version == Version::v5);
    CHECK(connect.clean_start);
    CHECK(connect.keep_alive == 10);
    CHECK(connect.client_id == "c1");
    CHECK(connect.properties.session_expiry_interval == 30U);
    REQUIRE(connect.will);
    CHECK(connect.will->topic == "w");
    CHECK(connect.will->payload == "by");
    CHECK(connect.will->properties.will_delay_interval == 9U);
    CHECK(connect.username == std::string_view("usr"));
    CHECK(connect.password == std::string_view("pw"));
}

TEST_CASE("a PUBLISH is read with its flags, its properties and its payload") {
    const auto golden = golden_packets()[5];
    const auto decoded = decode_bytes(golden.bytes, Version::v5);
    const auto& publish = std::get<Publish>(std::get<Packet>(decoded));
    CHECK(publish.qos == Qos::at_least_once);
    CHECK(publish.retain);
    CHECK(publish.topic == "a/b");
    CHECK(publish.packet_id == 7);
    CHECK(publish.properties.message_expiry_interval == 60U);
    REQUIRE(publish.properties.user_properties.size() == 1);
    CHECK(publish.properties.user_properties[0].second == "v");
    CHECK(publish.payload == "xy");
}

TEST_CASE("a malformed packet is refused with the reason of the specification") {
    struct Case {
        const char* what;
        Version version;
        std::string bytes;
        ReasonCode reason;
    };
    const Version v311 = Version::v311;
    const Version v5 = Version::v5;
    const std::vector<Case> cases{
        {"unknown protocol name", v5, bytes_of({0x10, 12, 0, 4, 'M', 'Q', 'T', 'X', 5, 2, 0, 0, 0, 0}),
         ReasonCode::unsupported_protocol_version},
        {"protocol level 3", v5, bytes_of({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 3, 2, 0, 0, 0, 0}),
         ReasonCode::unsupported_protocol_version},
        {"reserved connect flag", v311, bytes_of({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 3, 0, 0, 0, 0}), ReasonCode::malformed_packet},
        {"will QoS 3", v311, bytes_of({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x1E, 0, 0, 0, 0}), ReasonCode::malformed_packet},
        {"will retain without will", v311, bytes_of({0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x22, 0, 0, 0, 0}),
         ReasonCode::malformed_packet},
        {"password without user name in 3.1.1", v311, bytes_of({0x10, 15, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x42, 0, 0, 0, 0, 0, 1, 'p'}),
         ReasonCode::malformed_packet},
        {"client id that is not UTF-8", v311, bytes_of({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 0xFF}),
         ReasonCode::malformed_packet},
        {"client id with NUL", v311, bytes_of({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 0}), ReasonCode::malformed_packet},
        {"client id with a surrogate", v311, bytes_of({0x10, 15, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 3, 0xED, 0xA0, 0x80}),
         ReasonCode::malformed_packet},
        {"bytes after CONNECT", v311, bytes_of({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0, 9}), ReasonCode::malformed_packet},
        {"receive maximum 0", v5, bytes_of({0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 3, 0x21, 0, 0, 0, 0}),
         ReasonCode::protocol_error},
        {"a property twice", v5, bytes_of({0x10, 19, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 6, 0x21, 0, 9, 0x21, 0, 9, 0, 0}),
         ReasonCode::protocol_error},
        {"a property of another packet", v5, bytes_of({0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 3, 0x23, 0, 9, 0, 0}),
         ReasonCode::protocol_error},
        {"an unknown property", v5, bytes_of({0x10, 15, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 2, 0x7E, 0, 0, 0}),
         ReasonCode::malformed_packet},
        {"DUP with QoS 0", v311, bytes_of({0x38, 3, 0, 1, 't'}), ReasonCode::malformed_packet},
        {"QoS 3", v311, bytes_of({0x36, 5, 0, 1, 't', 0, 1}), ReasonCode::malformed_packet},
        {"packet id 0", v311, bytes_of({0x32, 5, 0, 1, 't', 0, 0}), ReasonCode::protocol_error},
        {"a wildcard in a topic", v311, bytes_of({0x30, 3, 0, 1, '#'}), ReasonCode::topic_name_invalid},
        {"an empty topic without alias", v5, bytes_of({0x30, 3, 0, 0, 0}), ReasonCode::protocol_error},
        {"topic alias 0", v5, bytes_of({0x30, 7, 0, 1, 't', 3, 0x23, 0, 0}), ReasonCode::topic_alias_invalid},
        {"SUBSCRIBE without filters", v311, bytes_of({0x82, 2, 0, 1}), ReasonCode::protocol_error},
        {"SUBSCRIBE with QoS 3", v311, bytes_of({0x82, 6, 0, 1, 0, 1, 't', 3}), ReasonCode::malformed_packet},
        {"SUBSCRIBE with reserved options", v5, bytes_of({0x82, 7, 0, 1, 0, 0, 1, 't', 0xC0}), ReasonCode::malformed_packet},
        {"subscription identifier 0", v5, bytes_of({0x82, 9, 0, 1, 2, 0x0B, 0, 0, 1, 't', 0}), ReasonCode::protocol_error},
        {"an empty filter", v311, bytes_of({0x82, 5, 0, 1, 0, 0, 0}), ReasonCode::malformed_packet},
        {"AUTH in 3.1.1", v311, bytes_of({0xF0, 0}), ReasonCode::protocol_error},
        {"a body on PINGREQ", v311, bytes_of({0xC0, 1, 0}), ReasonCode::malformed_packet},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        const auto decoded = decode_bytes(one.bytes, one.version);
        REQUIRE(std::holds_alternative<DecodeError>(decoded));
        CHECK(static_cast<int>(std::get<DecodeError>(decoded).reason) == static_cast<int>(one.reason));
    }
}

TEST_CASE("more user properties than anybody needs are refused") {
    const auto publish_with = [](int count) {
        std::string properties;
        for (int i = 0; i < count; ++i) properties += bytes_of({0x26, 0, 0, 0, 0});
        std::string body =
            bytes_of({0, 1, 't', static_cast<int>(properties.size() & 127U) | 128, static_cast<int>(properties.size() >> 7U)}) + properties;
        return bytes_of({0x30, static_cast<int>(body.size() & 127U) | 128, static_cast<int>(body.size() >> 7U)}) + body;
    };
    CHECK(std::holds_alternative<Packet>(decode_bytes(publish_with(64), Version::v5)));
    CHECK(std::holds_alternative<DecodeError>(decode_bytes(publish_with(65), Version::v5)));
}

TEST_CASE("the reasons of MQTT 5 have return codes in 3.1.1") {
    CHECK(connack_code_v311(ReasonCode::success) == 0);
    CHECK(connack_code_v311(ReasonCode::bad_user_name_or_password) == 4);
    CHECK(connack_code_v311(ReasonCode::not_authorized) == 5);
    CHECK(connack_code_v311(ReasonCode::server_busy) == 3);
}

}  // namespace muster::test

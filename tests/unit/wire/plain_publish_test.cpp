// SPDX-License-Identifier: Apache-2.0
// The short way says what the long way says, or nothing.
#include "wire/plain_publish.hpp"

#include "support/seeded_random.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/text.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::test {

using namespace wire;

namespace {

Frame frame_of(const std::string& bytes) {
    return std::get<Frame>(next_frame(bytes, SIZE_MAX));
}

std::string bytes_of_packet(const Packet& packet, Version version) {
    std::string bytes;
    encode(packet, version, bytes);
    return bytes;
}

Publish publish_of(const PlainPublish& plain) {
    Publish packet;
    packet.qos = plain.qos;
    packet.packet_id = plain.packet_id;
    packet.topic = plain.topic;
    packet.payload = plain.payload;
    return packet;
}

}  // namespace

TEST_CASE("plain messages are written and read as the others") {
    for (const Version version : {Version::v311, Version::v5}) {
        for (const std::size_t size : {0U, 1U, 64U, 121U, 122U, 123U, 16'370U, 16'390U, 70'000U}) {
            const std::string payload(size, 'x');
            for (const Qos qos : {Qos::at_most_once, Qos::at_least_once}) {
                const PlainPublish plain{qos, qos == Qos::at_most_once ? PacketId{0} : PacketId{0xA1B2}, "a/b", payload};
                std::string bytes;
                encode(plain, version, bytes);
                REQUIRE(bytes == bytes_of_packet(publish_of(plain), version));
                const auto read = read_plain_publish(frame_of(bytes), version);
                REQUIRE(read.has_value());
                CHECK(read->qos == qos);
                CHECK(read->packet_id == plain.packet_id);
                CHECK(read->topic == "a/b");
                CHECK(read->payload == payload);
            }
        }
    }
}

TEST_CASE("what is not plain goes the long way") {
    Publish packet = publish_of({Qos::at_least_once, 7, "a", "b"});
    const auto is_plain = [&](Version version) {
        return read_plain_publish(frame_of(bytes_of_packet(packet, version)), version).has_value();
    };
    CHECK(is_plain(Version::v5));
    SECTION("retained") {
        packet.retain = true;
        CHECK_FALSE(is_plain(Version::v5));
    }
    SECTION("sent again") {
        packet.dup = true;
        CHECK_FALSE(is_plain(Version::v311));
    }
    SECTION("QoS 2") {
        packet.qos = Qos::exactly_once;
        CHECK_FALSE(is_plain(Version::v5));
    }
    SECTION("properties") {
        packet.properties.content_type = "text/plain";
        CHECK_FALSE(is_plain(Version::v5));
        CHECK(is_plain(Version::v311));
    }
    SECTION("another packet") {
        CHECK_FALSE(read_plain_publish(frame_of(bytes_of_packet(Pingreq{}, Version::v5)), Version::v5).has_value());
    }
}

TEST_CASE("whatever the bytes, the short way never says anything that decoding does not") {
    SeededRandom random(20'261'121);
    std::size_t plain_ones = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const Version version = random.next() % 2 == 0 ? Version::v5 : Version::v311;
        std::string body;
        const std::size_t size = random.next() % 14;
        for (std::size_t n = 0; n < size; ++n) body += static_cast<char>(random.next() % 3 == 0 ? random.next() % 256 : random.next() % 4);
        std::string bytes{static_cast<char>(0x30 + random.next() % 16), static_cast<char>(size)};
        bytes += body;
        const auto next = next_frame(bytes, SIZE_MAX);
        const auto* frame = std::get_if<Frame>(&next);
        if (frame == nullptr) continue;
        const auto plain = read_plain_publish(*frame, version);
        if (!plain || !base::is_mqtt_utf8(plain->topic) || !is_topic_name(plain->topic)) continue;
        const auto decoded = decode(*frame, version);
        REQUIRE(std::holds_alternative<Packet>(decoded));
        const auto& packet = std::get<Publish>(std::get<Packet>(decoded));
        REQUIRE(packet.topic == plain->topic);
        REQUIRE(packet.payload == plain->payload);
        REQUIRE(packet.qos == plain->qos);
        REQUIRE(packet.packet_id == plain->packet_id);
        ++plain_ones;
    }
    CHECK(plain_ones > 1'000);
}

TEST_CASE("a PUBACK is written and read as the others") {
    for (const Version version : {Version::v311, Version::v5}) {
        for (const ReasonCode reason : {ReasonCode::success, ReasonCode::no_matching_subscribers}) {
            std::string bytes;
            encode_puback(0xA1B2, reason, version, bytes);
            CHECK(bytes == bytes_of_packet(Puback{0xA1B2, reason, {}}, version));
            const bool is_short = version == Version::v311 || reason == ReasonCode::success;
            CHECK(read_plain_puback(frame_of(bytes)) == (is_short ? 0xA1B2 : 0));
        }
    }
    CHECK(read_plain_puback(frame_of(bytes_of_packet(Pubrec{1, ReasonCode::success, {}}, Version::v5))) == 0);
}

}  // namespace muster::test

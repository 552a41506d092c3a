// SPDX-License-Identifier: Apache-2.0
// Payloads compressed and back, and what strangers send as such.
#include "payload/compression.hpp"

#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace muster::payload {
namespace {

std::vector<Reading> regular(int count) {
    std::vector<Reading> batch;
    for (int i = 0; i < count; ++i) {
        const std::chrono::system_clock::time_point time(std::chrono::seconds(1'767'225'600 + i));
        batch.push_back({time, static_cast<std::uint64_t>(i), {{"temperature", 21.5 + i % 7 * 0.25}, {"pressure", 1013}}});
    }
    return batch;
}

std::string random_bytes(std::size_t size) {
    test::SeededRandom random(3);
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>(random.next() & 255U);
    return bytes;
}

// A GiB of zeros is 1 MiB of gzip; so much of it as is needed here.
std::string compressed_zeros(std::size_t size) {
    return compressed_if_smaller(std::string(size, '\0'));
}

TEST_CASE("a batch compressed is decoded in every encoding, and told by its first two bytes") {
    const auto encoding = GENERATE(Encoding::json, Encoding::cbor, Encoding::protobuf);
    const auto batch = regular(100);
    const std::string plain = encode_readings(batch, encoding);
    const std::string small = encode_readings(batch, encoding, Compression::gzip);
    CHECK_FALSE(is_compressed(plain));
    REQUIRE(is_compressed(small));
    CHECK(small.size() <= plain.size() - plain.size() / 8);
    CHECK(decompress(small, plain.size()).value() == plain);
    const auto read = decode_readings(small, encoding);
    REQUIRE(read);
    CHECK(encode_readings(*read, encoding) == plain);
}

TEST_CASE("what does not get an eighth smaller stays as it is") {
    CHECK(compressed_if_smaller("") == "");
    const std::string text(100, 'x');
    CHECK(compressed_if_smaller(text) == text);
    const std::string bytes = random_bytes(4'096);
    CHECK(compressed_if_smaller(bytes) == bytes);
    // Half of it is random: about half a byte of every byte stays.
    const std::string mixed = bytes + std::string(4'096, ' ');
    const std::string small = compressed_if_smaller(mixed);
    CHECK(small.size() < mixed.size() * 7 / 8);
    CHECK(decompress(small, mixed.size()).value() == mixed);
}

TEST_CASE("the same payload gives the same bytes") {
    const auto batch = regular(50);
    CHECK(encode_readings(batch, Encoding::json, Compression::gzip) == encode_readings(batch, Encoding::json, Compression::gzip));
}

TEST_CASE("no more is decompressed than may be") {
    const std::string bomb = compressed_zeros(1U << 20U);
    CHECK(bomb.size() < 4'096);
    CHECK(decompress(bomb, 1U << 20U).value().size() == 1U << 20U);
    const auto refused = decompress(bomb, (1U << 20U) - 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::too_large);
    CHECK(decompress(compressed_zeros(128), 127).error().message() == "a payload of more than 127 bytes once decompressed");
}

TEST_CASE("a bomb of readings is refused before it is read") {
    const auto refused = decode_readings(compressed_zeros((64U << 20U) + 1), Encoding::json);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::too_large);
    CHECK(refused.error().message() == "a payload of more than 67108864 bytes once decompressed");
}

TEST_CASE("a compressed payload that is cut, damaged or followed by something is refused") {
    const std::string whole = encode_readings(regular(20), Encoding::json, Compression::gzip);
    REQUIRE(is_compressed(whole));
    for (std::size_t size = 2; size < whole.size(); ++size) {
        const auto read = decode_readings(std::string_view(whole).substr(0, size), Encoding::json);
        REQUIRE_FALSE(read);
        REQUIRE(read.error().message() == "the compressed payload ends too early");
    }
    CHECK(decode_readings(whole + "xy", Encoding::json).error().message() == "the compressed payload has 2 bytes behind its end");
    const std::string plain = encode_readings(regular(20), Encoding::json);
    int accepted = 0;
    test::SeededRandom random(9);
    for (int round = 0; round < 2'000; ++round) {
        std::string damaged = whole;
        const std::size_t place = 10 + random.next() % (damaged.size() - 10);  // Behind the header, whose time and system nobody checks.
        damaged[place] = static_cast<char>(damaged[place] ^ static_cast<char>(1U << random.next() % 8));
        // What fills up the last byte before the checksum means nothing.
        const auto read = decode_readings(damaged, Encoding::json);
        if (read) REQUIRE(encode_readings(*read, Encoding::json) == plain);
        accepted += read ? 1 : 0;
    }
    CHECK(accepted < 20);
    CHECK(decompress("x", 10).error().message() == "the compressed payload is no gzip");
}

TEST_CASE("what was compressed twice is no readings") {
    std::string twice;
    // Stored, not deflated: gzip in gzip is not smaller.
    const std::string once = encode_readings(regular(2'000), Encoding::json, Compression::gzip);
    const std::string padded = once + std::string(once.size(), ' ');
    twice = compressed_if_smaller(padded);
    REQUIRE(is_compressed(twice));
    CHECK_FALSE(decode_readings(twice, Encoding::json));
}

}  // namespace
}  // namespace muster::payload

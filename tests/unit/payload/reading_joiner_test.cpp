// SPDX-License-Identifier: Apache-2.0
// Payloads of one reading each put together.
#include "payload/reading_joiner.hpp"

#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace muster::payload {
namespace {

Reading numbered(std::uint64_t number) {
    const std::chrono::system_clock::time_point time(std::chrono::milliseconds(1'767'225'600'000 + static_cast<std::int64_t>(number)));
    return {time, number, {{"a", 0.5 + static_cast<double>(number)}, {"n", static_cast<double>(number)}}, number % 3 == 1};
}

TEST_CASE("payloads of one reading joined are the payload of all of them") {
    const auto encoding = GENERATE(Encoding::json, Encoding::cbor, Encoding::protobuf);
    // Around the lengths at which the head of CBOR's array grows.
    const auto count = GENERATE(1U, 2U, 23U, 24U, 255U, 256U, 300U, 5'000U);
    ReadingJoiner joiner(encoding);
    std::vector<Reading> readings;
    std::size_t bytes = 0;
    for (unsigned i = 0; i < count; ++i) {
        readings.push_back(numbered(i));
        const std::string payload = encode_readings({readings.back()}, encoding);
        bytes += payload.size();
        REQUIRE(joiner.add(payload));
    }
    CHECK(joiner.readings() == count);
    CHECK(joiner.bytes() == bytes);
    const auto read = decode_readings(joiner.take(), encoding);
    REQUIRE(read);
    CHECK(encode_readings(*read, encoding) == encode_readings(readings, encoding));
    CHECK(joiner.readings() == 0);
    CHECK(joiner.bytes() == 0);
    REQUIRE(joiner.add(encode_readings({numbered(7)}, encoding)));
    CHECK(joiner.take() == encode_readings({numbered(7)}, encoding));
}

// Whatever is said of the same bytes by the decoder of whole batches.
void join_as_the_decoder_does(const std::vector<std::string>& payloads) {
    ReadingJoiner joiner(Encoding::protobuf);
    std::vector<Reading> decoded;
    for (const auto& payload : payloads) {
        const auto read = decode_message(payload, Encoding::protobuf);
        const bool is_one = read && read->readings.size() == 1 && read->message_id.empty();
        REQUIRE(joiner.add(payload) == is_one);
        if (is_one) decoded.push_back(read->readings.front());
    }
    if (!decoded.empty()) REQUIRE(joiner.take() == encode_readings(decoded, Encoding::protobuf));
}

TEST_CASE("readings with other names, and damaged ones, become the columns that the decoder finds in them") {
    test::SeededRandom random(3);
    const std::vector<std::string> names{"a", "b", "", "seq", "\xC3\xB6", std::string(200, 'n'), "c", "d", "e", "f", "g"};
    for (int i = 0; i < 500; ++i) {
        std::vector<std::string> payloads;
        for (unsigned row = 0; row < 12; ++row) {
            Reading reading = numbered(random.next() % 1'000);
            reading.values.clear();
            for (const auto& name : names) {
                if (random.next() % 3 == 0) reading.values.emplace_back(name, static_cast<double>(random.next() % 9) / 2);
            }
            if (random.next() % 4 == 0) std::reverse(reading.values.begin(), reading.values.end());
            payloads.push_back(encode_readings({reading}, Encoding::protobuf));
            auto& payload = payloads.back();
            if (random.next() % 3 == 0) payload[random.next() % payload.size()] ^= static_cast<char>(1U << random.next() % 8);
            if (random.next() % 8 == 0) payload.resize(random.next() % payload.size());
        }
        join_as_the_decoder_does(payloads);
    }
}

TEST_CASE("what is not one reading by itself is not taken") {
    ReadingJoiner json(Encoding::json);
    CHECK_FALSE(json.add(""));
    CHECK_FALSE(json.add("{\"on\":true}"));
    CHECK_FALSE(json.add(R"([{"t":1}])"));
    CHECK_FALSE(json.add(R"({"t":1} {"t":2})"));
    CHECK_FALSE(json.add("on"));
    ReadingJoiner cbor(Encoding::cbor);
    CHECK_FALSE(cbor.add(encode_readings({numbered(1), numbered(2)}, Encoding::cbor)));
    CHECK_FALSE(cbor.add(encode_readings({numbered(1)}, Encoding::json)));
    ReadingJoiner columns(Encoding::protobuf);
    CHECK_FALSE(columns.add(""));
    CHECK_FALSE(columns.add(encode_readings({numbered(1), numbered(2)}, Encoding::protobuf)));
    for (const auto* joiner : {&json, &cbor, &columns}) CHECK(joiner->readings() == 0);
}

}  // namespace
}  // namespace muster::payload

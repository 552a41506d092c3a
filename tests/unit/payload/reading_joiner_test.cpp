// SPDX-License-Identifier: Apache-2.0
// Payloads of one reading each put together.
#include "payload/reading_joiner.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

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

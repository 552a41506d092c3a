// SPDX-License-Identifier: Apache-2.0
// A message's id inside the payload: found again in every encoding, and nothing else of the payload changes.
#include "payload/message_id.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace muster::payload {
namespace {

const std::string id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

std::vector<Reading> readings_of(std::size_t count, std::size_t values = 2) {
    std::vector<Reading> readings;
    for (std::size_t i = 0; i < count; ++i) {
        Reading reading{std::chrono::system_clock::time_point(std::chrono::milliseconds(1'000 * i)), i + 1, {}, i % 2 == 1};
        for (std::size_t v = 0; v < values; ++v) reading.values.emplace_back("v" + std::to_string(v), static_cast<double>(v) + 0.5);
        readings.push_back(std::move(reading));
    }
    return readings;
}

bool are_same(const std::vector<Reading>& a, const std::vector<Reading>& b) {
    return encode_readings(a, Encoding::json) == encode_readings(b, Encoding::json);
}

TEST_CASE("the id is found again, with the same readings") {
    const auto encoding = GENERATE(Encoding::json, Encoding::cbor, Encoding::protobuf);
    const auto count = GENERATE(as<std::size_t>(), 1, 2, 30, 300);
    const auto readings = readings_of(count);
    const auto plain = encode_readings(readings, encoding);
    CHECK(decode_message(plain, encoding)->message_id.empty());
    const auto with = with_message_id(plain, encoding, id);
    const auto read = decode_message(with, encoding);
    REQUIRE(read);
    CHECK(read->message_id == id);
    CHECK(are_same(read->readings, readings));
    CHECK(are_same(decode_readings(with, encoding).value(), readings));
    CHECK(with.size() <= plain.size() + 53);
    // Once is enough.
    CHECK(with_message_id(with, encoding, "another") == with);
}

TEST_CASE("a map of CBOR of any size becomes one larger by one") {
    for (const std::size_t size : {1U, 22U, 23U, 24U, 254U, 255U, 256U, 65'534U, 65'535U, 65'536U}) {
        nlohmann::json reading{{"t", 7}};
        while (reading.size() < size) reading["v" + std::to_string(reading.size())] = 0.5;
        const auto bytes = nlohmann::json::to_cbor(reading);
        const auto with = with_message_id({bytes.begin(), bytes.end()}, Encoding::cbor, id);
        reading["message_id"] = id;
        CHECK((nlohmann::json::from_cbor(with) == reading));
    }
    // Of a length that its sender did not know before, in an array of the same kind.
    const std::string open("\x9F\xBF\x61t\x01\xFF\xFF", 7);
    CHECK(nlohmann::json::from_cbor(with_message_id(open, Encoding::cbor, id))[0]["message_id"] == id);
}

TEST_CASE("what is no readings of the encoding stays as it is") {
    const auto encoding = GENERATE(Encoding::json, Encoding::cbor, Encoding::protobuf);
    for (const std::string& other : {std::string("on"), std::string(), std::string("{\"a\":1}"), std::string("[]"), std::string("\xFF\xFF"),
                                     encode_readings(readings_of(2), Encoding::json, Compression::gzip).substr(0, 20)}) {
        CHECK(with_message_id(other, encoding, id) == other);
    }
}

TEST_CASE("an id is a text of the first reading, and no value's name") {
    CHECK(decode_message(R"({"message_id":"x","t":1})", Encoding::json)->message_id == "x");
    CHECK_FALSE(decode_message(R"([{"t":1},{"t":2,"message_id":"x"}])", Encoding::json));
    CHECK_FALSE(decode_message(R"({"t":1,"message_id":5})", Encoding::json));
    CHECK_FALSE(decode_message(R"({"t":1,"message_id":null})", Encoding::json));
    const std::vector<Reading> named{{{}, 1, {{"message_id", 5}, {"x", 1}}}};
    CHECK(encode_readings(named, Encoding::json) == R"({"t":0,"seq":1,"x":1})");
}

}  // namespace
}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// A reading as JSON text.
#include "payload/json_encoding.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>

namespace muster::payload {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

Reading reading(std::vector<std::pair<std::string, double>> values) {
    return {system_clock::time_point(milliseconds(1'767'225'600'123)), 42, std::move(values)};
}

std::string values(std::vector<std::pair<std::string, double>> given) {
    const std::string text = encode_json(reading(std::move(given)));
    const std::string head = R"({"t":1767225600123,"seq":42)";
    REQUIRE(text.substr(0, head.size()) == head);
    return text.substr(head.size());
}

TEST_CASE("time and sequence come first, then the values in the order given") {
    CHECK(values({}) == "}");
    CHECK(values({{"temperature", 21.5}, {"b", -1}, {"a", 0}}) == R"(,"temperature":21.5,"b":-1,"a":0})");
}

TEST_CASE("a value that is not finite becomes null") {
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(values({{"a", std::nan("")}, {"b", infinity}, {"c", -infinity}, {"d", 1}}) == R"(,"a":null,"b":null,"c":null,"d":1})");
}

TEST_CASE("a zero keeps its sign") {
    CHECK(values({{"a", 0.0}, {"b", -0.0}}) == R"(,"a":0,"b":-0.0})");
}

TEST_CASE("of several values of one name the last stays") {
    CHECK(values({{"a", 1}, {"b", 2}, {"a", 3}, {"a", 4}}) == R"(,"b":2,"a":4})");
}

TEST_CASE("a value cannot take the place of the reading's time or sequence") {
    CHECK(values({{"t", 1}, {"seq", 2}, {"seq2", 3}}) == R"(,"seq2":3})");
}

TEST_CASE("names are escaped, and what is not UTF-8 is replaced") {
    CHECK(values({{"a\"b\\c", 1}}) == R"(,"a\"b\\c":1})");
    CHECK(values({{std::string("\0\n\x1f\x7f", 4), 1}}) == ",\"\\u0000\\u000a\\u001f\x7f\":1}");
    CHECK(values({{"Öl °C 🌡", 1}}) == ",\"Öl °C 🌡\":1}");
    CHECK(values({{"a\xFFz", 1}}) == ",\"a\xEF\xBF\xBDz\":1}");
    CHECK(values({{"\xC3", 1}}) == ",\"\xEF\xBF\xBD\":1}");
    CHECK(values({{"", 1}}) == R"(,"":1})");
}

TEST_CASE("a time before 1970 and the largest sequence are written in full") {
    Reading early;
    early.time = system_clock::time_point(milliseconds(-5));
    early.sequence = std::numeric_limits<std::uint64_t>::max();
    CHECK(encode_json(early) == R"({"t":-5,"seq":18446744073709551615})");
}

TEST_CASE("an independent reader gets the same doubles back, and every name is JSON") {
    test::SeededRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        const std::uint64_t bits = random.next();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        std::string name;
        for (int i = 0; i < 6; ++i) name += static_cast<char>(random.next() & 255U);
        const auto parsed = nlohmann::json::parse(encode_json(reading({{name, 1}, {"value", value}})));
        REQUIRE(parsed["seq"] == 42);
        if (std::isfinite(value)) {
            REQUIRE(parsed["value"].get<double>() == value);
        } else {
            REQUIRE(parsed["value"].is_null());
        }
    }
}

}  // namespace
}  // namespace muster::payload

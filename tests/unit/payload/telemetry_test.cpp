// SPDX-License-Identifier: Apache-2.0
// Readings as payloads and back, in every encoding.
#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace muster {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

const Encoding every_encoding[] = {Encoding::json, Encoding::cbor, Encoding::protobuf};

Reading reading(std::int64_t ms, std::uint64_t sequence, std::vector<std::pair<std::string, double>> values) {
    return {system_clock::time_point(milliseconds(ms)), sequence, std::move(values)};
}

double any_double(test::SeededRandom& random) {
    switch (random.next() % 4) {
        case 0:
            return static_cast<double>(random.next() % 1'000);
        case 1:
            return static_cast<double>(random.next() % 4'000) / 16 - 100;
        case 2:
            return -0.0;
        default:
            break;
    }
    double value = 0;
    const std::uint64_t bits = random.next();
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

std::vector<Reading> any_batch(test::SeededRandom& random) {
    std::vector<Reading> batch;
    std::int64_t time = 1'767'225'600'000;
    for (std::uint64_t i = 0, count = random.next() % 20; i < count; ++i) {
        time += static_cast<std::int64_t>(random.next() % 5'000) - 1'000;
        batch.push_back(reading(time, random.next() % 3 == 0 ? random.next() : i, {}));
        batch.back().is_partial = random.next() % 3 == 0;
        for (const char* name : {"temperature", "Öl °C", "", "x"}) {
            if (random.next() % 3 != 0) batch.back().values.emplace_back(name, any_double(random));
        }
    }
    return batch;
}

// As maps: the order of the values is the encoding's.
void require_same(const std::vector<Reading>& given, const std::vector<Reading>& read, bool only_finite) {
    REQUIRE(given.size() == read.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        REQUIRE(given[i].time == read[i].time);
        REQUIRE(given[i].sequence == read[i].sequence);
        REQUIRE(given[i].is_partial == read[i].is_partial);
        const std::map<std::string, double> before(given[i].values.begin(), given[i].values.end());
        const std::map<std::string, double> after(read[i].values.begin(), read[i].values.end());
        REQUIRE(before.size() == after.size());
        for (const auto& [name, value] : before) {
            const double other = after.at(name);
            if (std::isnan(value) || (only_finite && !std::isfinite(value))) {
                REQUIRE(std::isnan(other));
            } else {
                REQUIRE(value == other);
                REQUIRE(std::signbit(value) == std::signbit(other));
            }
        }
    }
}

std::string why_not(std::string_view payload, Encoding encoding) {
    const auto read = decode_readings(payload, encoding);
    REQUIRE_FALSE(read);
    return read.error().message();
}

TEST_CASE("whatever a batch holds, every encoding gives it back") {
    test::SeededRandom random(11);
    for (int round = 0; round < 1'000; ++round) {
        const auto batch = any_batch(random);
        for (const auto encoding : every_encoding) {
            const auto read = decode_readings(encode_readings(batch, encoding), encoding);
            REQUIRE(read);
            require_same(batch, *read, encoding == Encoding::json);
        }
    }
}

TEST_CASE("one reading is an object, several are an array, in JSON and in CBOR") {
    const auto one = reading(1'767'225'600'123, 42, {{"a", 1.5}});
    const std::string text = R"({"t":1767225600123,"seq":42,"a":1.5})";
    CHECK(encode_readings({one}, Encoding::json) == text);
    CHECK(encode_readings({one, one}, Encoding::json) == "[" + text + "," + text + "]");
    CHECK(encode_readings({}, Encoding::json) == "[]");
    CHECK(nlohmann::json::from_cbor(encode_readings({one}, Encoding::cbor)) == nlohmann::json::parse(text));
    CHECK(nlohmann::json::from_cbor(encode_readings({one, one}, Encoding::cbor)) == nlohmann::json::parse("[" + text + "," + text + "]"));
}

TEST_CASE("a column of whole numbers costs about a byte a reading, and a regular clock two") {
    std::vector<Reading> batch;
    for (int i = 0; i < 100; ++i)
        batch.push_back(reading(1'767'225'600'000 + i * 1'000, static_cast<std::uint64_t>(i), {{"count", i % 7}}));
    const std::string small = encode_readings(batch, Encoding::protobuf);
    CHECK(small.size() < 100 * (2 + 1 + 1) + 40);
    CHECK(small.size() * 8 < encode_readings(batch, Encoding::json).size());
}

TEST_CASE("a partial reading says so before its values") {
    auto one = reading(1, 2, {{"a", 1.5}});
    one.is_partial = true;
    CHECK(encode_readings({one}, Encoding::json) == R"({"t":1,"seq":2,"partial":true,"a":1.5})");
    // Ten times whole and partial by turns, as runs of 1 each.
    std::vector<Reading> batch(10);
    const std::string whole = encode_readings(batch, Encoding::protobuf);
    for (std::size_t i = 1; i < batch.size(); i += 2) batch[i].is_partial = true;
    CHECK(encode_readings(batch, Encoding::protobuf) == whole + "\x3a\x0a" + std::string(10, '\x01'));
}

TEST_CASE("runs of partial readings must be as long as the batch") {
    const std::string two = encode_readings(std::vector<Reading>(2), Encoding::protobuf);
    CHECK(decode_readings(two + "\x3a\x02" + std::string("\x00\x02", 2), Encoding::protobuf).value().back().is_partial);
    CHECK(why_not(two + "\x3a\x01\x03", Encoding::protobuf) == "the batch is damaged: more readings are whole or partial than there are");
    CHECK(why_not(two + "\x3a\x01\x01", Encoding::protobuf) == "the batch is damaged: not every reading is whole or partial");
}

TEST_CASE("the same values are left out in every encoding") {
    const auto odd = reading(0, 1, {{"t", 7}, {"seq", 8}, {"partial", 1}, {"a", 1}, {"a", 2}, {"b\xFF", 3}});
    for (const auto encoding : every_encoding) {
        const auto read = decode_readings(encode_readings({odd}, encoding), encoding);
        REQUIRE(read);
        CHECK(read->front().sequence == 1);
        CHECK(read->front().values == std::vector<std::pair<std::string, double>>{{"a", 2}, {"b\xEF\xBF\xBD", 3}});
    }
}

TEST_CASE("JSON that is no readings is refused with its place and cause") {
    CHECK(why_not("", Encoding::json) == "the payload ends too early or is damaged at byte 1");
    CHECK(why_not("7", Encoding::json) == "a number where a reading should be");
    CHECK(why_not(R"({"seq":1})", Encoding::json) == "reading 1: has no time 't'");
    CHECK(why_not(R"([{"t":1},{"t":2,"on":true}])", Encoding::json) == "reading 2: 'on' is a truth value");
    CHECK(why_not(R"({"t":1,"a":"x"})", Encoding::json) == "reading 1: 'a' is a string");
    CHECK(why_not(R"({"t":1,"a":{"b":1}})", Encoding::json) == "reading 1: 'a' is an object");
    CHECK(why_not(R"({"t":1,"a":[1]})", Encoding::json) == "reading 1: 'a' is an array");
    CHECK(why_not(R"([[{"t":1}]])", Encoding::json) == "an array inside the array of readings");
    CHECK(why_not(R"({"t":1.5})", Encoding::json) == "reading 1: 't' is no whole number");
    CHECK(why_not(R"({"t":9223372036854775807})", Encoding::json) == "reading 1: 't' is no time");
    CHECK(why_not(R"({"t":1,"seq":-1})", Encoding::json) == "reading 1: 'seq' is negative");
    CHECK(why_not(R"({"t":1,"partial":1})", Encoding::json) == "reading 1: 'partial' is no truth value");
    CHECK(why_not(R"({"t":1,"partial":null})", Encoding::json) == "reading 1: 'partial' is no truth value");
    CHECK(why_not(R"({"t":1} x)", Encoding::json) == "the payload ends too early or is damaged at byte 9");
}

TEST_CASE("nesting costs nothing, however deep") {
    CHECK(why_not(std::string(1'000'000, '['), Encoding::json) == "an array inside the array of readings");
    CHECK(why_not(std::string(1'000'000, '\x81'), Encoding::cbor) == "an array inside the array of readings");
}

TEST_CASE("every cut of a payload is refused, and no byte of it can do harm") {
    test::SeededRandom random(5);
    const std::vector<Reading> batch{reading(1, 1, {{"a", 1.5}, {"b", 2}}), reading(5, 2, {{"a", 3}}), reading(9, 3, {{"b", 1e300}})};
    for (const auto encoding : every_encoding) {
        const std::string whole = encode_readings(batch, encoding);
        // Fields of Protobuf can be missing at its end: an empty batch, or one without its last columns.
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto read = decode_readings(std::string_view(whole).substr(0, size), encoding);
            if (encoding != Encoding::protobuf) REQUIRE_FALSE(read);
        }
        for (int round = 0; round < 20'000; ++round) {
            std::string damaged = whole;
            damaged[random.next() % damaged.size()] = static_cast<char>(random.next() & 255U);
            const auto read = decode_readings(damaged, encoding);
            if (read) REQUIRE(read->size() <= 65'536);
        }
    }
}

TEST_CASE("a small batch cannot become a large one") {
    // 4,000 columns of one 16 KiB name each for 2 readings would be 128 MiB.
    std::string name(16'384, 'n');
    std::vector<Reading> batch{reading(1, 1, {}), reading(2, 2, {})};
    for (int i = 0; i < 2'100; ++i) {
        name[0] = static_cast<char>('a' + i % 26);
        name[1] = static_cast<char>('a' + i / 26 % 26);
        name[2] = static_cast<char>('a' + i / 676);
        for (auto& one : batch) one.values.emplace_back(name, 1);
    }
    CHECK(why_not(encode_readings(batch, Encoding::protobuf), Encoding::protobuf) == "values and names of more than 64 MiB");
    CHECK(why_not(encode_readings(std::vector<Reading>(65'537), Encoding::protobuf), Encoding::protobuf) == "more than 65,536 readings");
    CHECK(why_not(encode_readings(std::vector<Reading>(65'537), Encoding::json), Encoding::json) == "more than 65,536 readings");
}

}  // namespace
}  // namespace muster

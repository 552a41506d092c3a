// SPDX-License-Identifier: Apache-2.0
// Text from outside cannot fake a log line or break what prints it.
#include "base/text.hpp"

#include "base/topic.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace muster::base {
namespace {

TEST_CASE("printable keeps what people can read and shows the rest as bytes") {
    const std::pair<std::string, const char*> rows[] = {
        {"press-01", "press-01"},
        {"Grüße, 世界 🙂", "Grüße, 世界 🙂"},
        {"two\nlines", "two\\x0alines"},
        {"\x1B[31mred", "\\x1b[31mred"},
        {std::string("a\0b", 3), "a\\x00b"},
        {"\x7F", "\\x7f"},
        {"\xC2\x85next", "\\xc2\\x85next"},                 // NEL
        {"\xE2\x80\xAEgnp.exe", "\\xe2\\x80\\xaegnp.exe"},  // right-to-left override
        {"zero\xE2\x80\x8Bwidth", "zero\\xe2\\x80\\x8bwidth"},
        {"\xE2\x81\xA6isolate", "\\xe2\\x81\\xa6isolate"},
        {"\xEF\xBB\xBF"
         "bom",
         "\\xef\\xbb\\xbf"
         "bom"},
        {"\xFF\xFE", "\\xff\\xfe"},
        {"cut\xE2\x82", "cut\\xe2\\x82"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},  // a surrogate
        {"", ""},
    };
    for (const auto& [text, shown] : rows) CHECK(printable(text) == shown);
}

TEST_CASE("printable cuts long text between characters") {
    CHECK(printable("abcdef", 4) == "abcd...");
    CHECK(printable("abcd", 4) == "abcd");
    CHECK(printable("ab€", 4) == "ab...");
    CHECK(printable("abc\n", 4) == "abc...");
    CHECK(printable(std::string(100'000, 'x')).size() == 203);
}

TEST_CASE("whatever comes in, printable gives one line of UTF-8") {
    test::SeededRandom random(11);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes;
        for (auto size = draw_up_to(random, 40); size > 0; --size) bytes += static_cast<char>(random.next() & 255U);
        const std::string shown = printable(bytes);
        CHECK(is_mqtt_utf8(shown));
        for (const char c : shown) REQUIRE(static_cast<unsigned char>(c) >= 0x20U);
    }
}

TEST_CASE("a sequence is as long as RFC 3629 says") {
    const std::pair<const char*, std::size_t> rows[] = {{"a", 1},
                                                        {"\xC3\xA9", 2},
                                                        {"\xE2\x82\xAC", 3},
                                                        {"\xF0\x9F\x99\x82", 4},
                                                        {"\x80", 0},
                                                        {"\xC0\x80", 0},
                                                        {"\xC1\xBF", 0},
                                                        {"\xE0\x80\x80", 0},
                                                        {"\xE0\x9F\xBF", 0},
                                                        {"\xED\xA0\x80", 0},
                                                        {"\xED\x9F\xBF", 3},
                                                        {"\xF0\x80\x80\x80", 0},
                                                        {"\xF4\x90\x80\x80", 0},
                                                        {"\xF4\x8F\xBF\xBF", 4},
                                                        {"\xF5\x80\x80\x80", 0},
                                                        {"\xE2\x82", 0}};
    for (const auto& [text, length] : rows) CHECK(utf8_sequence_length(text) == length);
    CHECK(utf8_sequence_length("") == 0);
    CHECK(utf8_sequence_length(std::string_view("\0", 1)) == 1);
}

}  // namespace
}  // namespace muster::base

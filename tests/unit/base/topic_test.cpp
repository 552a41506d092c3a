// SPDX-License-Identifier: Apache-2.0
// Topics and filters of MQTT 5.0, section 4.7, as a table.
#include "base/topic.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::base {
namespace {

TEST_CASE("a filter matches the topics that the standard says") {
    struct Row {
        const char* filter;
        const char* topic;
        bool matches;
    };
    const Row rows[] = {
        // The standard's own examples (4.7.1 and 4.7.2).
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/#", "sport", true},
        {"#", "sport/tennis", true},
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+", "/finance", false},
        {"#", "$SYS/monitor/Clients", false},
        {"+/monitor/Clients", "$SYS/monitor/Clients", false},
        {"$SYS/#", "$SYS/monitor/Clients", true},
        {"$SYS/#", "$SYS", true},
        {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
        {"+/#", "$SYS/monitor", false},
        // A `$` further back is an ordinary character.
        {"a/+", "a/$b", true},
        {"a/#", "a/$b/c", true},
        {"#", "a/$SYS", true},
        // Levels are compared whole, byte by byte, and empty ones count.
        {"a", "a", true},
        {"a", "A", false},
        {"a", "ab", false},
        {"ab", "a", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"a", "a/", false},
        {"a/", "a", false},
        {"a//b", "a//b", true},
        {"a/+/b", "a//b", true},
        {"a//b", "a/b", false},
        {"/", "/", true},
        {"+/+", "/", true},
        {"#", "/", true},
        {"/#", "/", true},
        {"/#", "a", false},
        {"+/telemetry/#", "press-01/telemetry/load", true},
        {"+/telemetry/#", "press-01/telemetry", true},
        {"+/telemetry/#", "press-01/x/telemetry", false},
        {"+/b/+/d", "a/b/c/d", true},
        {"+/b/+/d", "a/b/c", false},
        {"sport/tennis/#", "sport/tenniscourt", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.filter, row.topic);
        REQUIRE(check_filter(row.filter));
        REQUIRE(check_topic(row.topic));
        CHECK(filter_matches(row.filter, row.topic) == row.matches);
    }
}

TEST_CASE("a wildcard out of its place is refused with its place") {
    const std::pair<const char*, const char*> rows[] = {
        {"a+", "byte 2"}, {"+a", "byte 1"},   {"a/b+/c", "byte 4"}, {"#/a", "byte 1"}, {"a/#/b", "byte 3"},
        {"a#", "byte 2"}, {"a/##", "byte 3"}, {"++", "byte 1"},     {"+#", "byte 1"},  {"sport/tennis#", "byte 13"}};
    for (const auto& [filter, place] : rows) {
        CAPTURE(filter);
        const auto checked = check_filter(filter);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code() == Code::invalid_argument);
        CHECK_THAT(checked.error().message(), Catch::Contains(place));
    }
    for (const char* filter : {"#", "+", "+/+", "+/#", "a/+/b/#", "/", "//", "$SYS/+", "a b"}) CHECK(check_filter(filter));
}

TEST_CASE("a topic has no wildcard, no NUL and is UTF-8") {
    for (const char* topic : {"a", "/", "a/b", "Grüße/世界", "a b", "$SYS/x"}) CHECK(check_topic(topic));
    const std::pair<std::string, const char*> rows[] = {
        {"", "empty"},
        {"a/+", "byte 3"},
        {"a#", "byte 2"},
        {std::string("a\0", 2), "byte 2 is NUL"},
        {"ab\xFF", "byte 3 begins no UTF-8"},
        {"\xC0\x80", "byte 1 begins no UTF-8"},
        {"a\n+", "byte 3"},
    };
    for (const auto& [topic, reason] : rows) {
        const auto checked = check_topic(topic);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code() == Code::invalid_argument);
        CHECK_THAT(checked.error().message(), Catch::Contains(reason));
        CHECK(checked.error().message().find('\n') == std::string::npos);
    }
}

TEST_CASE("what a topic must not have is found at every place of topics of every length") {
    for (std::size_t size = 1; size < 40; ++size) {
        const std::string plain(size, '~');
        CHECK(check_topic(plain));
        for (std::size_t at = 0; at < size; ++at) {
            for (const char c : {'+', '#', '\0', '\x80', '\xFF'}) {
                std::string topic = plain;
                topic[at] = c;
                CAPTURE(size, at, static_cast<int>(c));
                CHECK_FALSE(check_topic(topic));
            }
            for (const char c : {'\x01', '\x7F', '*', ',', '"', '$'}) {
                std::string topic = plain;
                topic[at] = c;
                CHECK(check_topic(topic));
            }
        }
    }
}

TEST_CASE("a topic has at most 65535 bytes") {
    CHECK(check_topic(std::string(65'535, 'a')));
    CHECK(check_filter(std::string(65'535, 'a')));
    const auto checked = check_topic(std::string(65'536, 'a'));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == Code::too_large);
    CHECK(checked.error().message().size() < 200);
    CHECK_FALSE(check_filter(std::string(65'536, 'a')));
}

TEST_CASE("a string of MQTT is UTF-8 without surrogates, overlong forms and NUL") {
    for (const char* text : {"", "plain", "é", "€", "🙂", "\xEF\xBF\xBF"}) CHECK(is_mqtt_utf8(text));
    for (const char* text : {"\xED\xA0\x80", "\xC0\xAF", "\x80", "\xE2\x82", "\xF8\x88\x80\x80\x80", "\xF4\x90\x80\x80"})
        CHECK_FALSE(is_mqtt_utf8(text));
    CHECK_FALSE(is_mqtt_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Properties in MQTT's encoding, and what may be sent.
#include "base/message_properties.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::base {
namespace {

MessageProperties full() {
    MessageProperties properties;
    properties.user = {{"unit", "bar"}, {"", ""}, {"unit", "Pa"}};
    properties.content_type = "text/plain";
    properties.response_topic = "answer/1";
    properties.correlation_data = std::string("\0\xFF", 2);
    properties.is_utf8 = true;
    return properties;
}

TEST_CASE("properties are encoded as in a PUBLISH packet") {
    MessageProperties properties;
    CHECK(encode(properties).empty());
    properties.user = {{"n", "v"}};
    properties.content_type = "c";
    properties.response_topic = "r";
    properties.correlation_data = "d";
    properties.is_utf8 = true;
    const std::string expected(
        "\x01\x01\x03\0\x01"
        "c\x08\0\x01r\x09\0\x01"
        "d\x26\0\x01n\0\x01v",
        21);
    CHECK(encode(properties) == expected);
    CHECK(encoded_size(properties) == expected.size());
}

TEST_CASE("what was encoded is decoded, and nothing else is") {
    const std::string encoded = encode(full());
    const auto decoded = decode_properties(encoded);
    REQUIRE(decoded);
    CHECK(encode(*decoded) == encoded);
    CHECK(decoded->user.size() == 3);
    CHECK(*decoded->user_value("unit") == "bar");
    CHECK(decoded->user_value("none") == nullptr);
    CHECK(decode_properties("")->user.empty());
    // Cut at every byte: at the end of a property it is a whole one, anywhere else it is damage.
    std::size_t whole = 0;
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        const auto part = decode_properties(encoded.substr(0, size));
        if (!part) continue;
        ++whole;
        CHECK(encode(*part) == encoded.substr(0, size));
    }
    CHECK(whole == 7);
    for (const std::string& bad : {encoded + '\0', std::string("\x01\x02", 2), std::string("\x03\0\0", 3), std::string("\x02\0\0\0\1", 5),
                                   encode(full()) + encode(full())}) {
        CHECK_FALSE(decode_properties(bad));
    }
}

TEST_CASE("what cannot be sent is refused with what is wrong") {
    CHECK(check_properties({}));
    CHECK(check_properties(full()));
    const auto code_of = [](const auto& change) {
        MessageProperties properties;
        change(properties);
        const auto checked = check_properties(properties);
        return checked ? Code::internal : checked.error().code();
    };
    CHECK(code_of([](auto& p) { p.user = {{"\xC3", ""}}; }) == Code::invalid_argument);
    CHECK(code_of([](auto& p) { p.user = {{"n", std::string(1, '\0')}}; }) == Code::invalid_argument);
    CHECK(code_of([](auto& p) { p.content_type = "\xFF"; }) == Code::invalid_argument);
    CHECK(code_of([](auto& p) { p.response_topic = "a/+"; }) == Code::invalid_argument);
    CHECK(code_of([](auto& p) { p.correlation_data.resize(65'536); }) == Code::too_large);
    CHECK(code_of([](auto& p) { p.user = {{"n", std::string(65'536, 'v')}}; }) == Code::too_large);
    CHECK(code_of([](auto& p) { p.user = {{"n", std::string(65'529, 'v')}}; }) == Code::internal);
    CHECK(code_of([](auto& p) { p.user = {{"n", std::string(65'530, 'v')}}; }) == Code::too_large);
}

TEST_CASE("a payload is as large as a packet has room for beside the largest topic and properties") {
    constexpr std::size_t largest = 268'435'455 - 65'535 - most_property_bytes - 16;
    const char byte = 'x';  // Only the size is looked at.
    CHECK(check_message("a", std::string_view(&byte, largest)));
    CHECK(check_message("a", std::string_view(&byte, largest + 1)).error().code() == Code::too_large);
    CHECK(check_message("a/#", "x").error().code() == Code::invalid_argument);
}

}  // namespace
}  // namespace muster::base

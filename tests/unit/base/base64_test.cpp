// SPDX-License-Identifier: Apache-2.0
// Base64 as RFC 4648 says it, and as servers wrap it.
#include "base/base64.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <cstddef>

namespace muster::base {
namespace {

TEST_CASE("the vectors of RFC 4648, section 10, go both ways") {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        CHECK(encode_base64(bytes) == text);
        const auto decoded = decode_base64(text);
        REQUIRE(decoded);
        CHECK(*decoded == bytes);
    }
}

TEST_CASE("any bytes survive, on one line") {
    test::SeededRandom random(7);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random.next() & 255U);
        const std::string text = encode_base64(bytes);
        CHECK(text.find_first_of("\r\n ") == std::string::npos);
        const auto decoded = decode_base64(text);
        REQUIRE(decoded);
        CHECK(*decoded == bytes);
    }
}

TEST_CASE("white space between the characters is skipped") {
    for (const char* text : {"Zm9v\nYmFy", "Zm9v\r\nYmFy\r\n", " Z m\t9 v Y m F y ", "\n\nZm9vYmFy"}) {
        const auto decoded = decode_base64(text);
        REQUIRE(decoded);
        CHECK(*decoded == "foobar");
    }
}

TEST_CASE("what is not base64 is refused") {
    for (const char* text : {"Zm9", "Z", "Zm9vY", "Zg=", "Zg===", "Z===", "====", "=Zg=", "Zg==Zg==", "Zg==\n=", "Zm9v====", "Zm9v!mFy",
                             "Zm9v-mFy", "Zm9v_mFy", "<html>", "Zm\xC3\xA9v"}) {
        CAPTURE(text);
        const auto decoded = decode_base64(text);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code() == Code::corrupt);
    }
    CHECK_FALSE(decode_base64(std::string_view("Zm9v\0mFy", 8)));
}

}  // namespace
}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// The fixed header: lengths, limits, flags.
#include "wire/frame.hpp"

#include "exact.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace wire;

TEST_CASE("a packet above the limit is refused as soon as its length is known, before its body") {
    const std::string header = bytes_of({0x30, 0xFF, 0xFF, 0x7F});  // 2,097,151 bytes are announced.
    const auto next = next_frame(header, 1'000);
    REQUIRE(std::holds_alternative<DecodeError>(next));
    CHECK(std::get<DecodeError>(next).reason == ReasonCode::packet_too_large);
    CHECK(std::holds_alternative<NeedMore>(next_frame(header, 3'000'000)));
}

TEST_CASE("a packet of exactly the limit is taken") {
    const std::string packet = bytes_of({0x30, 5, 0, 1, 't', 'h', 'i'});
    CHECK(std::holds_alternative<Frame>(next_frame(packet, 7)));
    CHECK(std::holds_alternative<DecodeError>(next_frame(packet, 6)));
}

TEST_CASE("a remaining length of five bytes is malformed") {
    const auto next = next_frame(bytes_of({0x30, 0x80, 0x80, 0x80, 0x80, 0x01}), SIZE_MAX);
    REQUIRE(std::holds_alternative<DecodeError>(next));
    CHECK(std::get<DecodeError>(next).reason == ReasonCode::malformed_packet);
}

TEST_CASE("how much is missing is told once it is known") {
    const auto next = next_frame(bytes_of({0x30, 5, 0, 1}), 100);
    REQUIRE(std::holds_alternative<NeedMore>(next));
    CHECK(std::get<NeedMore>(next).at_least == 3);
}

TEST_CASE("wrong flags and packet type 0 are malformed at the first byte") {
    for (const int first : {0x00, 0x0F, 0x11, 0x36, 0x41, 0x60, 0x80, 0xA0, 0xC1, 0xE1}) {
        INFO(first);
        CHECK(std::holds_alternative<DecodeError>(next_frame(bytes_of({first, 0}), 100)));
    }
}

}  // namespace muster::test

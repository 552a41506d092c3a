// SPDX-License-Identifier: Apache-2.0
// What was decoded encodes to the same bytes, and no damage to a packet reads outside of it.
#include "golden.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace wire;

constexpr std::size_t no_limit = 1U << 20U;

}  // namespace

TEST_CASE("every packet of the specifications decodes and encodes to the same bytes") {
    for (const auto& golden : golden_packets()) {
        INFO(golden.name);
        const Exact bytes(golden.bytes);
        const auto result = read(bytes.view(), golden.version);
        REQUIRE(std::holds_alternative<Packet>(result));
        std::string encoded;
        encode(std::get<Packet>(result), golden.version, encoded);
        CHECK(encoded == golden.bytes);
    }
}

TEST_CASE("a packet cut anywhere is incomplete, and whole only with its last byte") {
    for (const auto& golden : golden_packets()) {
        for (std::size_t length = 0; length < golden.bytes.size(); ++length) {
            INFO(golden.name << " cut after " << length);
            const Exact cut(golden.bytes.substr(0, length));
            CHECK(std::holds_alternative<NeedMore>(next_frame(cut.view(), no_limit)));
        }
    }
}

TEST_CASE("a body cut anywhere inside its frame is never read beyond its end") {
    for (const auto& golden : golden_packets()) {
        REQUIRE(golden.bytes.size() < 128 + 2);  // The length is the second byte.
        for (std::size_t length = 2; length < golden.bytes.size(); ++length) {
            std::string shorter = golden.bytes.substr(0, length);
            shorter[1] = static_cast<char>(length - 2);
            const Exact cut(shorter);
            CHECK_FALSE(std::holds_alternative<NeedMore>(read(cut.view(), golden.version)));
        }
    }
}

TEST_CASE("any single byte changed gives a packet that encodes and decodes again, or an error with a reason") {
    std::size_t decoded_count = 0;
    std::size_t error_count = 0;
    for (const auto& golden : golden_packets()) {
        for (std::size_t i = 0; i < golden.bytes.size(); ++i) {
            for (int value = 0; value < 256; ++value) {
                std::string changed = golden.bytes;
                changed[i] = static_cast<char>(value);
                const Exact bytes(changed);
                const auto result = read(bytes.view(), golden.version);
                if (const auto* error = std::get_if<DecodeError>(&result)) {
                    ++error_count;
                    REQUIRE(is_failure(error->reason));
                } else if (const auto* packet = std::get_if<Packet>(&result)) {
                    ++decoded_count;
                    const auto* connect = std::get_if<Connect>(packet);
                    const Version version = connect != nullptr ? connect->version : golden.version;
                    std::string encoded;
                    encode(*packet, version, encoded);
                    INFO(golden.name << " byte " << i << " = " << value);
                    REQUIRE(std::holds_alternative<Packet>(read(encoded, version)));
                }
            }
        }
    }
    // Both ways were really taken.
    CHECK(decoded_count > 1'000);
    CHECK(error_count > 1'000);
}

}  // namespace muster::test

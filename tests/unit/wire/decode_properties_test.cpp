// SPDX-License-Identifier: Apache-2.0
// Properties: where each may stand, how often, with which values.
#include "exact.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::test {
namespace {

using namespace wire;

/// One property with a value that is good for it, and the letters of the packets it may stand in (table 2-4 of MQTT 5.0): C CONNECT,
/// W will, K CONNACK, P PUBLISH, A the four acknowledgements, S SUBSCRIBE, s SUBACK, U UNSUBSCRIBE, u UNSUBACK, D DISCONNECT, X AUTH.
struct Property {
    std::string bytes;
    std::string places;
};

const std::string everywhere = "CWKPASsUuDX";

std::vector<Property> all_properties() {
    return {
        {bytes_of({0x01, 1}), "PW"},
        {bytes_of({0x02, 0, 0, 0, 1}), "PW"},
        {bytes_of({0x03, 0, 1, 'x'}), "PW"},
        {bytes_of({0x08, 0, 1, 'x'}), "PW"},
        {bytes_of({0x09, 0, 1, 'x'}), "PW"},
        {bytes_of({0x0B, 1}), "PS"},
        {bytes_of({0x11, 0, 0, 0, 1}), "CKD"},
        {bytes_of({0x12, 0, 1, 'x'}), "K"},
        {bytes_of({0x13, 0, 1}), "K"},
        {bytes_of({0x15, 0, 1, 'x'}), "CKX"},
        {bytes_of({0x17, 1}), "C"},
        {bytes_of({0x18, 0, 0, 0, 1}), "W"},
        {bytes_of({0x19, 1}), "C"},
        {bytes_of({0x1A, 0, 1, 'x'}), "K"},
        {bytes_of({0x1C, 0, 1, 'x'}), "KD"},
        {bytes_of({0x1F, 0, 1, 'x'}), "KAsuDX"},
        {bytes_of({0x21, 0, 1}), "CK"},
        {bytes_of({0x22, 0, 1}), "CK"},
        {bytes_of({0x23, 0, 1}), "P"},
        {bytes_of({0x24, 1}), "K"},
        {bytes_of({0x25, 1}), "K"},
        {bytes_of({0x26, 0, 1, 'k', 0, 1, 'v'}), everywhere},
        {bytes_of({0x27, 0, 0, 0, 1}), "CK"},
        {bytes_of({0x28, 1}), "K"},
        {bytes_of({0x29, 1}), "K"},
        {bytes_of({0x2A, 1}), "K"},
    };
}

/// Packets whose properties are these, one for each place; A gives four.
std::vector<std::string> packets_with(char place, const std::string& properties) {
    const std::string block = with_length(properties);
    const std::string id = bytes_of({0, 7});
    switch (place) {
        case 'C':
            return {framed(0x10, field("MQTT") + bytes_of({5, 2, 0, 0}) + block + field("c"))};
        case 'W':
            return {framed(0x10, field("MQTT") + bytes_of({5, 6, 0, 0, 0}) + field("c") + block + field("w") + field(""))};
        case 'K':
            return {framed(0x20, bytes_of({0, 0}) + block)};
        case 'P':
            return {framed(0x30, field("t") + block)};
        case 'A':
            return {framed(0x40, id + bytes_of({0}) + block), framed(0x50, id + bytes_of({0}) + block),
                    framed(0x62, id + bytes_of({0}) + block), framed(0x70, id + bytes_of({0}) + block)};
        case 'S':
            return {framed(0x82, id + block + field("t") + bytes_of({0}))};
        case 's':
            return {framed(0x90, id + block + bytes_of({0}))};
        case 'U':
            return {framed(0xA2, id + block + field("t"))};
        case 'u':
            return {framed(0xB0, id + block + bytes_of({0}))};
        case 'D':
            return {framed(0xE0, bytes_of({0}) + block)};
        default: {  // AUTH needs its method, which a test may have given it.
            const bool has_method = properties.front() == 0x15;
            return {framed(0xF0, bytes_of({0}) + with_length(has_method ? properties : bytes_of({0x15, 0, 1, 'm'}) + properties))};
        }
    }
}

bool may_repeat(const Property& property, char place) {
    return property.bytes.front() == 0x26 || (property.bytes.front() == 0x0B && place == 'P');
}

}  // namespace

TEST_CASE("a property is read in its packets and refused in all others") {
    for (const auto& property : all_properties()) {
        for (const char place : everywhere) {
            for (const auto& packet : packets_with(place, property.bytes)) {
                INFO("property " << static_cast<int>(property.bytes.front()) << " in " << place);
                const bool is_allowed = property.places.find(place) != std::string::npos;
                CHECK(fault_of(packet, Version::v5) == (is_allowed ? ReasonCode::success : ReasonCode::malformed_packet));
            }
        }
    }
}

TEST_CASE("a property stands once, but for user properties and the subscription identifiers of a delivery") {
    for (const auto& property : all_properties()) {
        for (const char place : property.places) {
            for (const auto& packet : packets_with(place, property.bytes + property.bytes)) {
                INFO("property " << static_cast<int>(property.bytes.front()) << " twice in " << place);
                CHECK(fault_of(packet, Version::v5) == (may_repeat(property, place) ? ReasonCode::success : ReasonCode::protocol_error));
            }
        }
    }
}

TEST_CASE("a property cut anywhere is malformed") {
    for (const auto& property : all_properties()) {
        for (std::size_t length = 1; length < property.bytes.size(); ++length) {
            for (const auto& packet : packets_with(property.places.front(), property.bytes.substr(0, length))) {
                INFO("property " << static_cast<int>(property.bytes.front()) << " cut after " << length);
                CHECK(fault_of(packet, Version::v5) == ReasonCode::malformed_packet);
            }
        }
    }
}

TEST_CASE("no other number is a property") {
    std::set<int> known{0x16};
    for (const auto& property : all_properties()) known.insert(static_cast<unsigned char>(property.bytes.front()));
    for (int id = 0; id < 128; ++id) {
        if (known.count(id) != 0) continue;
        INFO(id);
        CHECK(fault_of(packets_with('K', bytes_of({id, 0, 0, 0, 0})).front(), Version::v5) == ReasonCode::malformed_packet);
    }
    // 0x101 is not the property 0x01, nor is 0x01 written in two bytes.
    CHECK(fault_of(packets_with('P', bytes_of({0x81, 2, 1})).front(), Version::v5) == ReasonCode::malformed_packet);
    CHECK(fault_of(packets_with('P', bytes_of({0x81, 0, 1})).front(), Version::v5) == ReasonCode::malformed_packet);
}

TEST_CASE("a value that a property cannot have is refused") {
    const auto reason_in = [](char place, const std::string& bytes) { return fault_of(packets_with(place, bytes).front(), Version::v5); };
    for (const int id : {0x24, 0x25, 0x28, 0x29, 0x2A}) CHECK(reason_in('K', bytes_of({id, 2})) == ReasonCode::protocol_error);
    for (const int id : {0x17, 0x19}) CHECK(reason_in('C', bytes_of({id, 2})) == ReasonCode::protocol_error);
    CHECK(reason_in('P', bytes_of({0x01, 2})) == ReasonCode::protocol_error);
    CHECK(reason_in('C', bytes_of({0x21, 0, 0})) == ReasonCode::protocol_error);
    CHECK(reason_in('C', bytes_of({0x27, 0, 0, 0, 0})) == ReasonCode::protocol_error);
    CHECK(reason_in('P', bytes_of({0x0B, 0})) == ReasonCode::protocol_error);
    CHECK(reason_in('P', bytes_of({0x0B, 0x81, 0})) == ReasonCode::malformed_packet);
    CHECK(reason_in('P', bytes_of({0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 1})) == ReasonCode::malformed_packet);
    CHECK(reason_in('P', bytes_of({0x03, 0, 1, 0xFF})) == ReasonCode::malformed_packet);
    CHECK(reason_in('P', bytes_of({0x26, 0, 1, 0, 0, 0})) == ReasonCode::malformed_packet);
    CHECK(reason_in('K', bytes_of({0x16, 0, 1, 'd'})) == ReasonCode::protocol_error);  // Data without a method.
    CHECK(reason_in('P', bytes_of({0x09, 0, 2, 0, 0xFF})) == ReasonCode::success);     // Binary need not be UTF-8.
}

TEST_CASE("more user properties than anybody needs are refused") {
    const auto publish_with = [](std::size_t count) {
        std::string properties;
        for (std::size_t i = 0; i < count; ++i) properties += bytes_of({0x26, 0, 0, 0, 0});
        return packets_with('P', properties).front();
    };
    CHECK(fault_of(publish_with(max_user_properties), Version::v5) == ReasonCode::success);
    CHECK(fault_of(publish_with(max_user_properties + 1), Version::v5) == ReasonCode::quota_exceeded);
}

}  // namespace muster::test

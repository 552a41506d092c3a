// SPDX-License-Identifier: Apache-2.0
// The answers, the ends and the header: what they mean, and with which reason a malformed one is refused.
#include "wire/decode.hpp"

#include "exact.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace wire;

TEST_CASE("a CONNACK is read with what the server grants") {
    const std::string bytes = bytes_of({0x20, 11, 1, 0, 8, 0x21, 0, 20, 0x27, 0, 1, 0, 0});
    const auto result = read(bytes, Version::v5);
    const auto& connack = std::get<Connack>(std::get<Packet>(result));
    CHECK(connack.session_present);
    CHECK(connack.reason == ReasonCode::success);
    CHECK(connack.properties.receive_maximum == std::uint16_t{20});
    CHECK(connack.properties.maximum_packet_size == 65'536U);
}

TEST_CASE("an acknowledgement may leave out its reason and its properties") {
    for (const int first : {0x40, 0x50, 0x62, 0x70}) {
        INFO(first);
        CHECK(fault_of(bytes_of({first, 2, 0, 7}), Version::v5) == ReasonCode::success);
        CHECK(fault_of(bytes_of({first, 3, 0, 7, 0}), Version::v5) == ReasonCode::success);
        CHECK(fault_of(bytes_of({first, 4, 0, 7, 0, 0}), Version::v5) == ReasonCode::success);
        CHECK(fault_of(bytes_of({first, 3, 0, 7, 0}), Version::v311) == ReasonCode::malformed_packet);
    }
    const std::string bytes = bytes_of({0x40, 9, 0, 7, 0x87, 5, 0x1F, 0, 2, 'n', 'o'});
    const auto result = read(bytes, Version::v5);
    const auto& puback = std::get<Puback>(std::get<Packet>(result));
    CHECK(puback.packet_id == 7);
    CHECK(puback.reason == ReasonCode::not_authorized);
    CHECK(puback.properties.reason_string == std::string_view("no"));
}

TEST_CASE("an answer or a goodbye that is malformed is refused with its reason") {
    const Version v311 = Version::v311;
    const Version v5 = Version::v5;
    const ReasonCode malformed = ReasonCode::malformed_packet;
    const ReasonCode protocol = ReasonCode::protocol_error;
    const std::vector<Fault> faults{
        {"reserved CONNACK flags", v311, bytes_of({0x20, 2, 2, 0}), malformed},
        {"a reserved return code", v311, bytes_of({0x20, 2, 0, 6}), malformed},
        {"a session with a refusal in 3.1.1", v311, bytes_of({0x20, 2, 1, 5}), protocol},
        {"a session with a refusal", v5, bytes_of({0x20, 3, 1, 0x87, 0}), protocol},
        {"CONNACK with a reason of DISCONNECT", v5, bytes_of({0x20, 3, 0, 0x8E, 0}), protocol},
        {"CONNACK without properties", v5, bytes_of({0x20, 2, 0, 0}), malformed},
        {"PUBACK of packet 0", v311, bytes_of({0x40, 2, 0, 0}), protocol},
        {"PUBACK with an unknown reason", v5, bytes_of({0x40, 3, 0, 7, 5}), protocol},
        {"PUBREL with a reason of PUBACK", v5, bytes_of({0x62, 3, 0, 7, 0x87}), protocol},
        {"PUBACK that ends in its id", v311, bytes_of({0x40, 1, 0}), malformed},
        {"a body on PINGREQ", v311, bytes_of({0xC0, 1, 0}), malformed},
        {"a body on PINGRESP", v5, bytes_of({0xD0, 1, 0}), malformed},
        {"a body on DISCONNECT in 3.1.1", v311, bytes_of({0xE0, 1, 0}), malformed},
        {"DISCONNECT with a reason of CONNACK", v5, bytes_of({0xE0, 1, 0x86}), protocol},
        {"bytes after DISCONNECT", v5, bytes_of({0xE0, 3, 0, 0, 0}), malformed},
        {"AUTH in 3.1.1", v311, bytes_of({0xF0, 0}), protocol},
        {"AUTH with a reason alone", v5, bytes_of({0xF0, 1, 0x18}), malformed},
        {"AUTH without a method", v5, bytes_of({0xF0, 2, 0x18, 0}), protocol},
        {"AUTH with a failure", v5, bytes_of({0xF0, 6, 0x87, 4, 0x15, 0, 1, 'm'}), protocol},
    };
    for (const auto& one : faults) {
        INFO(one.what);
        CHECK(static_cast<int>(fault_of(one.bytes, one.version)) == static_cast<int>(one.reason));
    }
}

TEST_CASE("a padded remaining length is taken from 3.1.1, where it is not forbidden, and refused in 5.0") {
    CHECK(is_read_as<Publish>(bytes_of({0x30, 0x85, 0x80, 0, 0, 1, 't', 'h', 'i'}), Version::v311));
    CHECK(fault_of(bytes_of({0x30, 0x84, 0, 0, 1, 't', 0}), Version::v5) == ReasonCode::malformed_packet);
    // A CONNECT says itself which of the two it is.
    CHECK(is_read_as<Connect>(bytes_of({0x10, 0x8C, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0}), Version::v5));
    CHECK(fault_of(bytes_of({0x10, 0x8D, 0, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 0}), Version::v311) ==
          ReasonCode::malformed_packet);
}

}  // namespace muster::test

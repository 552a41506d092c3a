// SPDX-License-Identifier: Apache-2.0
// Reason codes: their names, and which packets have them.
#include "wire/reasons.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

namespace muster::test {

using namespace wire;

TEST_CASE("each of the 43 reason codes has a name of its own, other numbers have none") {
    std::set<std::string_view> names;
    int known = 0;
    for (int value = 0; value < 256; ++value) {
        const auto name = name_of(static_cast<ReasonCode>(value));
        if (name == "unknown") continue;
        ++known;
        names.insert(name);
    }
    CHECK(known == 43);
    CHECK(names.size() == 43);
    CHECK(name_of(ReasonCode::not_authorized) == "not_authorized");
    CHECK(name_of(static_cast<ReasonCode>(0x05)) == "unknown");
}

TEST_CASE("a reason code is found by its name here and by the specification's, whatever the case") {
    for (int value = 0; value < 256; ++value) {
        const auto code = static_cast<ReasonCode>(value);
        if (name_of(code) != "unknown") CHECK(reason_named(name_of(code)) == code);
    }
    CHECK(reason_named("Server busy") == ReasonCode::server_busy);
    CHECK(reason_named("Bad User Name or Password") == ReasonCode::bad_user_name_or_password);
    CHECK(reason_named("QoS not supported") == ReasonCode::qos_not_supported);
    CHECK(reason_named("Re-authenticate") == ReasonCode::reauthenticate);
    for (const auto* const name : {"", "busy", "server busy!?x", "unknown", "137"}) CHECK_FALSE(reason_named(name).has_value());
}

TEST_CASE("a packet has the reasons that its own section lists, and no others") {
    struct Case {
        std::vector<PacketType> packets;
        std::set<int> reasons;
    };
    const std::vector<Case> cases{
        // Sections 3.2.2.2, 3.4.2.1 and 3.5.2.1, 3.6.2.1 and 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1, 3.15.2.1.
        {{PacketType::connack}, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                                 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F}},
        {{PacketType::puback, PacketType::pubrec}, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
        {{PacketType::pubrel, PacketType::pubcomp}, {0x00, 0x92}},
        {{PacketType::suback}, {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2}},
        {{PacketType::unsuback}, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91}},
        {{PacketType::disconnect}, {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93,
                                    0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2}},
        {{PacketType::auth}, {0x00, 0x18, 0x19}},
        {{PacketType::publish, PacketType::connect, PacketType::pingreq, PacketType::subscribe}, {}},
    };
    for (const auto& one : cases) {
        for (const auto packet : one.packets) {
            for (int value = 0; value < 256; ++value) {
                INFO("reason " << value << " in packet type " << static_cast<int>(packet));
                CHECK(may_stand(static_cast<ReasonCode>(value), packet) == (one.reasons.count(value) != 0));
            }
        }
    }
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// SUBSCRIBE, UNSUBSCRIBE and their answers: what they say, and with which reason a malformed one is refused.
#include "exact.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace wire;

TEST_CASE("a SUBSCRIBE is read with its filters and their options") {
    const std::string bytes = framed(
        0x82, bytes_of({0, 9}) + with_length(bytes_of({0x0B, 0x80, 1})) + field("a/#") + bytes_of({0x2D}) + field("+") + bytes_of({2}));
    const auto result = read(bytes, Version::v5);
    const auto& subscribe = std::get<Subscribe>(std::get<Packet>(result));
    CHECK(subscribe.packet_id == 9);
    CHECK(subscribe.properties.subscription_identifiers == std::vector<std::uint32_t>{128});
    REQUIRE(subscribe.requests.size() == 2);
    CHECK(subscribe.requests[0].filter == "a/#");
    CHECK(subscribe.requests[0].qos == Qos::at_least_once);
    CHECK(subscribe.requests[0].no_local);
    CHECK(subscribe.requests[0].retain_as_published);
    CHECK(subscribe.requests[0].retain_handling == 2);
    CHECK(subscribe.requests[1].filter == "+");
    CHECK(subscribe.requests[1].qos == Qos::exactly_once);
    CHECK_FALSE(subscribe.requests[1].no_local);
}

TEST_CASE("a SUBACK is read with one reason for each filter") {
    const std::string bytes = bytes_of({0x90, 6, 0, 9, 0, 1, 2, 0x80});
    const auto result = read(bytes, Version::v311);
    const std::vector<ReasonCode> expected{ReasonCode::success, ReasonCode::granted_qos_1, ReasonCode::granted_qos_2,
                                           ReasonCode::unspecified_error};
    CHECK(std::get<Suback>(std::get<Packet>(result)).reasons == expected);
}

TEST_CASE("an UNSUBACK has reasons in 5.0 only") {
    const std::string bytes = bytes_of({0xB0, 5, 0, 9, 0, 0, 0x11});
    const auto result = read(bytes, Version::v5);
    const std::vector<ReasonCode> expected{ReasonCode::success, ReasonCode::no_subscription_existed};
    CHECK(std::get<Unsuback>(std::get<Packet>(result)).reasons == expected);
    CHECK(fault_of(bytes_of({0xB0, 2, 0, 9}), Version::v311) == ReasonCode::success);
}

TEST_CASE("a malformed subscription or answer to one is refused with its reason") {
    const Version v311 = Version::v311;
    const Version v5 = Version::v5;
    const ReasonCode malformed = ReasonCode::malformed_packet;
    const ReasonCode protocol = ReasonCode::protocol_error;
    const std::string id = bytes_of({0, 9});
    const std::string id5 = bytes_of({0, 9, 0});  // And no properties.
    const auto option = [](int bits) { return bytes_of({bits}); };
    const std::vector<Fault> faults{
        {"SUBSCRIBE of packet 0", v311, framed(0x82, bytes_of({0, 0}) + field("t") + option(0)), protocol},
        {"SUBSCRIBE without filters", v311, framed(0x82, id), protocol},
        {"SUBSCRIBE without filters in 5.0", v5, framed(0x82, id5), protocol},
        {"SUBSCRIBE without options", v311, framed(0x82, id + field("t")), malformed},
        {"SUBSCRIBE to an empty filter", v311, framed(0x82, id + field("") + option(0)), malformed},
        {"SUBSCRIBE to what is not UTF-8", v311, framed(0x82, id + field("\xFF") + option(0)), malformed},
        {"SUBSCRIBE with QoS 3 in 3.1.1", v311, framed(0x82, id + field("t") + option(3)), malformed},
        {"SUBSCRIBE with QoS 3", v5, framed(0x82, id5 + field("t") + option(3)), protocol},
        {"SUBSCRIBE with an option of 5.0 in 3.1.1", v311, framed(0x82, id + field("t") + option(4)), malformed},
        {"SUBSCRIBE with reserved options", v5, framed(0x82, id5 + field("t") + option(0x40)), malformed},
        {"SUBSCRIBE with retain handling 3", v5, framed(0x82, id5 + field("t") + option(0x30)), protocol},
        {"SUBSCRIBE shared with no-local", v5, framed(0x82, id5 + field("$share/g/t") + option(4)), protocol},
        {"SUBSCRIBE with identifier 0", v5, framed(0x82, id + with_length(bytes_of({0x0B, 0})) + field("t") + option(0)), protocol},
        {"SUBSCRIBE with two identifiers", v5, framed(0x82, id + with_length(bytes_of({0x0B, 1, 0x0B, 2})) + field("t") + option(0)),
         protocol},
        {"SUBSCRIBE whose second filter is cut", v5, framed(0x82, id5 + field("t") + option(0) + bytes_of({0})), malformed},
        {"UNSUBSCRIBE of packet 0", v311, framed(0xA2, bytes_of({0, 0}) + field("t")), protocol},
        {"UNSUBSCRIBE without filters", v311, framed(0xA2, id), protocol},
        {"UNSUBSCRIBE from an empty filter", v5, framed(0xA2, id5 + field("")), malformed},
        {"UNSUBSCRIBE whose filter is cut", v311, framed(0xA2, id + bytes_of({0, 2, 't'})), malformed},
        {"SUBACK without reasons", v311, framed(0x90, id), malformed},
        {"SUBACK with a reason of 5.0 in 3.1.1", v311, framed(0x90, id + option(0x87)), malformed},
        {"SUBACK with a reason of UNSUBACK", v5, framed(0x90, id5 + option(0x11)), protocol},
        {"SUBACK with QoS 3", v311, framed(0x90, id + option(3)), protocol},
        {"UNSUBACK without reasons", v5, framed(0xB0, id5), malformed},
        {"UNSUBACK with a reason of SUBACK", v5, framed(0xB0, id5 + option(0x01)), protocol},
        {"UNSUBACK with reasons in 3.1.1", v311, framed(0xB0, id + option(0)), malformed},
    };
    for (const auto& one : faults) {
        INFO(one.what);
        CHECK(static_cast<int>(fault_of(one.bytes, one.version)) == static_cast<int>(one.reason));
    }
}

}  // namespace muster::test

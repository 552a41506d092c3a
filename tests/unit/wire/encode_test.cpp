// SPDX-License-Identifier: Apache-2.0
// Packets become exactly the specification's bytes; what decoding would refuse is not written.
#include "wire/encode.hpp"

#include "exact.hpp"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace muster::test {
namespace {

using namespace wire;

std::string encoded(const Packet& packet, Version version) {
    std::string bytes;
    encode(packet, version, bytes);
    return bytes;
}

/// Whether a process that encodes this is stopped, with stderr closed to keep the test's output clean.
bool is_refused(const Packet& packet, Version version) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        ::close(STDERR_FILENO);
        encoded(packet, version);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/// A packet that is good, after `spoil` has made it bad.
template <class P>
P spoiled(P packet, const std::function<void(P&)>& spoil) {
    spoil(packet);
    return packet;
}

Publish good_publish() {
    Publish publish;
    publish.topic = "t";
    publish.qos = Qos::at_least_once;
    publish.packet_id = 7;
    return publish;
}

Subscribe good_subscribe() {
    Subscribe subscribe;
    subscribe.packet_id = 7;
    subscribe.requests.push_back({"t", Qos::at_most_once, false, false, 0});
    return subscribe;
}

}  // namespace

TEST_CASE("a packet is appended to what is there") {
    std::string bytes = "before";
    encode(Packet(Pingreq{}), Version::v311, bytes);
    CHECK(bytes == "before" + bytes_of({0xC0, 0}));
}

TEST_CASE("what 3.1.1 does not have is left out for it") {
    Publish publish = good_publish();
    publish.properties.message_expiry_interval = 5U;
    CHECK(encoded(publish, Version::v311) == bytes_of({0x32, 5, 0, 1, 't', 0, 7}));
    Puback puback;
    puback.packet_id = 7;
    puback.reason = ReasonCode::no_matching_subscribers;
    puback.properties.reason_string = "nobody";
    CHECK(encoded(puback, Version::v311) == bytes_of({0x40, 2, 0, 7}));
    Connack connack;
    connack.reason = ReasonCode::not_authorized;
    connack.properties.reason_string = "no";
    CHECK(encoded(connack, Version::v311) == bytes_of({0x20, 2, 0, 5}));
    Suback suback;
    suback.packet_id = 9;
    suback.reasons = {ReasonCode::granted_qos_1, ReasonCode::topic_filter_invalid};
    CHECK(encoded(suback, Version::v311) == bytes_of({0x90, 4, 0, 9, 1, 0x80}));
    Unsuback unsuback;
    unsuback.packet_id = 9;
    unsuback.reasons = {ReasonCode::no_subscription_existed};
    CHECK(encoded(unsuback, Version::v311) == bytes_of({0xB0, 2, 0, 9}));
    Subscribe subscribe = good_subscribe();
    subscribe.requests[0].no_local = true;
    CHECK(encoded(subscribe, Version::v311) == bytes_of({0x82, 6, 0, 7, 0, 1, 't', 0}));
    Disconnect disconnect;
    disconnect.reason = ReasonCode::session_taken_over;
    CHECK(encoded(disconnect, Version::v311) == bytes_of({0xE0, 0}));
}

TEST_CASE("success without properties is left out where it may be") {
    Puback puback;
    puback.packet_id = 7;
    CHECK(encoded(puback, Version::v5) == bytes_of({0x40, 2, 0, 7}));
    CHECK(encoded(Disconnect{}, Version::v5) == bytes_of({0xE0, 0}));
    puback.properties.reason_string = "ok";
    CHECK(encoded(puback, Version::v5) == bytes_of({0x40, 9, 0, 7, 0, 5, 0x1F, 0, 2, 'o', 'k'}));
}

TEST_CASE("a failure that the packet has no reason for becomes unspecified") {
    Disconnect disconnect;
    disconnect.reason = ReasonCode::unsupported_protocol_version;  // Of a second CONNECT.
    CHECK(encoded(disconnect, Version::v5) == bytes_of({0xE0, 1, 0x80}));
    Suback suback;
    suback.packet_id = 9;
    suback.reasons = {ReasonCode::banned};
    CHECK(encoded(suback, Version::v5) == bytes_of({0x90, 4, 0, 9, 0, 0x80}));
}

TEST_CASE("the size of a PUBLISH is known before it is encoded") {
    for (const std::size_t payload : {0U, 1U, 100U, 117U, 118U, 127U, 128U, 16'384U, 70'000U, 2'097'152U}) {
        const std::string bytes(payload, 'x');
        Publish publish = good_publish();
        publish.payload = bytes;
        publish.properties.message_expiry_interval = 5U;
        for (const auto version : {Version::v311, Version::v5}) {
            CHECK(encoded_size(publish, version) == encoded(publish, version).size());
            CHECK(encoded_size(Packet(publish), version) == encoded(publish, version).size());
        }
    }
}

TEST_CASE("a string of 65,535 bytes is written, a longer one is a broken precondition") {
    const std::string longest(max_string_bytes, 't');
    const std::string longer = longest + "t";
    Publish publish = good_publish();
    publish.topic = longest;
    CHECK(is_read_as<Publish>(encoded(publish, Version::v5), Version::v5));
    publish.topic = longer;
    CHECK(is_refused(publish, Version::v5));
    Connack connack;
    connack.properties.reason_string = longer;
    CHECK(is_refused(connack, Version::v5));
}

TEST_CASE("what decoding would refuse is a broken precondition of encoding") {
    const Version v5 = Version::v5;
    CHECK_FALSE(is_refused(good_publish(), v5));
    const std::vector<std::function<void(Publish&)>> bad_publishes{
        [](Publish& p) { p.packet_id = 0; },
        [](Publish& p) { p.topic = ""; },
        [](Publish& p) { p.topic = "a/#"; },
        [](Publish& p) { p.topic = "\xFF"; },
        [](Publish& p) { p.topic = std::string_view("a\0", 2); },
        [](Publish& p) { p.qos = static_cast<Qos>(3); },
        [](Publish& p) { p.qos = Qos::at_most_once, p.dup = true; },
        [](Publish& p) { p.properties.receive_maximum = std::uint16_t{1}; },
        [](Publish& p) { p.properties.topic_alias = std::uint16_t{0}; },
        [](Publish& p) { p.properties.payload_format_indicator = std::uint8_t{2}; },
        [](Publish& p) { p.properties.response_topic = "+"; },
        [](Publish& p) { p.properties.subscription_identifiers = {0}; },
        [](Publish& p) { p.properties.subscription_identifiers = {268'435'456}; },
    };
    for (std::size_t i = 0; i < bad_publishes.size(); ++i) {
        INFO("publish " << i);
        CHECK(is_refused(spoiled<Publish>(good_publish(), bad_publishes[i]), v5));
    }
    CHECK_FALSE(is_refused(good_subscribe(), v5));
    const std::vector<std::function<void(Subscribe&)>> bad_subscribes{
        [](Subscribe& p) { p.packet_id = 0; },
        [](Subscribe& p) { p.requests.clear(); },
        [](Subscribe& p) { p.requests[0].filter = ""; },
        [](Subscribe& p) { p.requests[0].retain_handling = 3; },
        [](Subscribe& p) { p.requests[0].filter = "$share/g/t", p.requests[0].no_local = true; },
        [](Subscribe& p) {
            p.properties.subscription_identifiers = {1, 2};
        },
    };
    for (std::size_t i = 0; i < bad_subscribes.size(); ++i) {
        INFO("subscribe " << i);
        CHECK(is_refused(spoiled<Subscribe>(good_subscribe(), bad_subscribes[i]), v5));
    }
    CHECK(is_refused(Puback{}, v5));
    CHECK(is_refused(Auth{}, Version::v311));
    CHECK(is_refused(spoiled<Auth>({}, [](Auth& p) { p.reason = ReasonCode::continue_authentication; }), v5));
    CHECK(is_refused(spoiled<Disconnect>({}, [](Disconnect& p) { p.reason = ReasonCode::granted_qos_1; }), v5));
    CHECK(is_refused(spoiled<Connack>({}, [](Connack& p) { p.session_present = true, p.reason = ReasonCode::banned; }), v5));
    CHECK(is_refused(spoiled<Connect>({}, [](Connect& p) { p.version = Version::v311, p.password = "p"; }), v5));
    CHECK(is_refused(spoiled<Connect>({}, [](Connect& p) { p.will = Will{"#", "", Qos::at_most_once, false, {}}; }), v5));
    CHECK(is_refused(spoiled<Suback>({}, [](Suback& p) { p.packet_id = 1; }), v5));
    CHECK(is_refused(spoiled<Unsubscribe>({}, [](Unsubscribe& p) { p.packet_id = 1; }), v5));
}

}  // namespace muster::test

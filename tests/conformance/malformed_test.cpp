// SPDX-License-Identifier: Apache-2.0
// Every class of malformed packet and protocol error of both versions as a table: what is sent, and with which words the connection ends.
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::string_literals;

struct Row {
    const char* what;
    std::string bytes;
    ReasonCode reason = ReasonCode::malformed_packet;
};
using Rows = std::vector<Row>;

constexpr auto protocol_error = ReasonCode::protocol_error;
constexpr auto bad_topic = ReasonCode::topic_name_invalid;

std::string no_properties(Version version) {
    return version == Version::v5 ? "\0"s : ""s;
}

// Section 2.1.3 of 5.0, 2.2.2 of 3.1.1: the flags that a packet must have.
Rows wrong_flags(Version version) {
    const auto none = no_properties(version);
    return {
        {"PUBLISH of QoS 3", raw_packet(0x36, raw_text("t") + "\0\1"s + none)},
        {"PUBLISH of QoS 0 with DUP", raw_packet(0x38, raw_text("t") + none)},
        {"PUBACK", raw_packet(0x41, "\0\1"s)},
        {"PUBREC", raw_packet(0x58, "\0\1"s)},
        {"PUBREL with none", raw_packet(0x60, "\0\1"s)},
        {"PUBREL with one more", raw_packet(0x63, "\0\1"s)},
        {"PUBCOMP", raw_packet(0x72, "\0\1"s)},
        {"SUBSCRIBE with none", raw_packet(0x80, "\0\1"s + none + raw_text("t") + "\0"s)},
        {"UNSUBSCRIBE with none", raw_packet(0xA0, "\0\1"s + none + raw_text("t"))},
        {"PINGREQ", raw_packet(0xC4, "")},
        {"DISCONNECT", raw_packet(0xE2, "")},
        {"AUTH, or 3.1.1's forbidden type", raw_packet(0xF8, "")},
    };
}

// What is cut short, runs over, or counts wrong.
Rows wrong_lengths(Version version) {
    const auto none = no_properties(version);
    return {
        {"an empty PUBLISH", raw_packet(0x30, "")},
        {"a PUBLISH without the packet id of its QoS", raw_packet(0x32, raw_text("t"))},
        {"an empty PUBACK", raw_packet(0x40, "")},
        {"an empty PUBREC", raw_packet(0x50, "")},
        {"a PUBREL of one byte", raw_packet(0x62, "\1"s)},
        {"an empty PUBCOMP", raw_packet(0x70, "")},
        {"an empty SUBSCRIBE", raw_packet(0x82, "")},
        {"a SUBSCRIBE without options", raw_packet(0x82, "\0\1"s + none + raw_text("t"))},
        {"a SUBSCRIBE whose second filter is cut", raw_packet(0x82, "\0\1"s + none + raw_text("t") + "\0\0\4a"s)},
        {"an empty UNSUBSCRIBE", raw_packet(0xA2, "")},
        {"an UNSUBSCRIBE that ends within its filter", raw_packet(0xA2, "\0\1"s + none + "\0\4a"s)},
    };
}

Rows wrong_contents(Version version) {
    const auto none = no_properties(version);
    return {
        {"a PUBLISH of QoS 1 with packet id 0", raw_packet(0x32, raw_text("t") + "\0\0"s + none), protocol_error},
        {"a PUBACK with packet id 0", raw_packet(0x40, "\0\0"s), protocol_error},
        {"a PUBREL with packet id 0", raw_packet(0x62, "\0\0"s), protocol_error},
        {"a SUBSCRIBE with packet id 0", raw_packet(0x82, "\0\0"s + none + raw_text("t") + "\0"s), protocol_error},
        {"an UNSUBSCRIBE with packet id 0", raw_packet(0xA2, "\0\0"s + none + raw_text("t")), protocol_error},
        {"a SUBSCRIBE without a filter", raw_packet(0x82, "\0\1"s + none), protocol_error},
        {"an UNSUBSCRIBE without a filter", raw_packet(0xA2, "\0\1"s + none), protocol_error},
        {"a SUBSCRIBE of QoS 3", raw_packet(0x82, "\0\1"s + none + raw_text("t") + "\3"s), protocol_error},
        {"a SUBSCRIBE with reserved options", raw_packet(0x82, "\0\1"s + none + raw_text("t") + "\x80"s)},
        {"a topic with +", raw_packet(0x30, raw_text("a/+") + none), bad_topic},
        {"a topic with #", raw_packet(0x30, raw_text("#") + none), bad_topic},
        {"a topic with NUL", raw_packet(0x30, raw_text("a\0"s) + none)},
        {"a topic that is no UTF-8", raw_packet(0x30, raw_text("\xC3(") + none)},
        {"a topic of overlong UTF-8", raw_packet(0x30, raw_text("\xC0\xAF") + none)},
        {"a topic with a surrogate", raw_packet(0x30, raw_text("\xED\xA0\x80") + none)},
        {"a topic beyond U+10FFFF", raw_packet(0x30, raw_text("\xF4\x90\x80\x80") + none)},
        {"a filter with NUL", raw_packet(0x82, "\0\1"s + none + raw_text("a\0"s) + "\0"s)},
        {"a filter that is no UTF-8", raw_packet(0xA2, "\0\1"s + none + raw_text("\xFF"))},
        {"an UNSUBACK from a client", raw_packet(0xB0, "\0\1"s + none + (version == Version::v5 ? "\0"s : ""s)), protocol_error},
        {"a second CONNECT", raw_packet(0x10, raw_text("MQTT") + static_cast<char>(version) + "\2\0\x3C"s + none + raw_text("tester")),
         protocol_error},
    };
}

// Chapter 2.2.2: a property stands where it may, once, whole, and with a value that it may have.
Rows wrong_properties() {
    const auto with = [](unsigned first, const std::string& before, const std::string& properties, const std::string& after) {
        return raw_packet(first, before + static_cast<char>(properties.size()) + properties + after);
    };
    const auto publish = [&](const std::string& properties) { return with(0x30, raw_text("t"), properties, ""); };
    const auto subscribe = [&](const std::string& properties) { return with(0x82, "\0\1"s, properties, raw_text("t") + "\0"s); };
    return {
        {"a topic alias of 0", publish("\x23\0\0"s), ReasonCode::topic_alias_invalid},
        {"a topic alias above the maximum", publish("\x23\xFF\xFF"s), ReasonCode::topic_alias_invalid},
        {"a topic alias twice", publish("\x23\0\1\x23\0\1"s), protocol_error},
        {"a response topic with a wildcard", publish("\x08\0\1#"s), bad_topic},
        {"a response topic twice", publish("\x08\0\1a\x08\0\1b"s), protocol_error},
        {"a content type twice", publish("\x03\0\1a\x03\0\1b"s), protocol_error},
        {"correlation data twice", publish("\x09\0\1a\x09\0\1b"s), protocol_error},
        {"a content type that is no UTF-8", publish("\x03\0\1\xFF"s)},
        {"a user property that is cut", publish("\x26\0\1a\0\5b"s)},
        {"a subscription identifier from a client", publish("\x0B\1"s), protocol_error},
        {"a session expiry in a PUBLISH", publish("\x11\0\0\0\1"s)},
        {"a message expiry that is cut", publish("\x02\0\0"s)},
        {"properties whose length is no number", raw_packet(0x30, raw_text("t") + "\xFF\xFF\xFF\xFF\x01"s)},
        {"a topic alias in a SUBSCRIBE", subscribe("\x23\0\1"s)},
        {"a subscription identifier of five bytes", subscribe("\x0B\xFF\xFF\xFF\xFF\1"s)},
        {"a subscription identifier in an UNSUBSCRIBE", with(0xA2, "\0\1"s, "\x0B\1"s, raw_text("t"))},
        {"a topic alias in a PUBACK", with(0x40, "\0\1\0"s, "\x23\0\1"s, "")},
        {"a reason string twice", with(0x40, "\0\1\0"s, "\x1F\0\1a\x1F\0\1b"s, ""), protocol_error},
        {"a PUBREC with an unknown reason", raw_packet(0x50, "\0\1\x01"s), protocol_error},
        {"a PUBREL with an unknown reason", raw_packet(0x62, "\0\1\x80"s), protocol_error},
        {"a PUBCOMP with an unknown reason", raw_packet(0x70, "\0\1\x10"s), protocol_error},
        {"a server reference twice", with(0xE0, "\0"s, "\x1C\0\1s\x1C\0\1s"s, ""), protocol_error},
        {"an AUTH that nobody asked for", with(0xF0, "\x18"s, "\x15\0\1m"s, ""), protocol_error},
        {"an AUTH with an unknown reason", with(0xF0, "\x02"s, "\x15\0\1m"s, ""), protocol_error},
        {"no-local on a shared subscription", raw_packet(0x82, "\0\1\0"s + raw_text("$share/g/t") + "\4"s), protocol_error},
        {"a remaining length that is longer than it must be", "\xC0\x80\0"s},
    };
}

void check_rows(Version version, const Rows& rows) {
    const Bench bench;
    auto bystander = bench.connect(version, "bystander");
    for (const auto& row : rows) {
        INFO(row.what);
        auto client = bench.connect(version);
        client.send_bytes(row.bytes);
        client.expect_closed_for(row.reason);
    }
    bystander.expect_nothing();
}

// A CONNECT and nothing before it; what of it is wrong.
Rows wrong_connects(Version version) {
    const auto level = static_cast<char>(version);
    const auto none = no_properties(version);
    const std::string id = raw_text("tester");
    const auto connect = [&](char flags, const std::string& rest) {
        return raw_packet(0x10, raw_text("MQTT") + level + flags + "\0\x3C"s + none + rest);
    };
    Rows rows{
        {"flags in its first byte", raw_packet(0x11, raw_text("MQTT") + level + "\2\0\x3C"s + none + id)},
        {"nothing in it", raw_packet(0x10, "")},
        {"no keep-alive", raw_packet(0x10, raw_text("MQTT") + level + "\2"s)},
        {"the reserved flag", connect('\3', id)},
        {"a will's QoS without a will", connect('\x0A', id)},
        {"a will's retain without a will", connect('\x22', id)},
        {"a will of QoS 3", connect('\x1E', id + none + raw_text("w") + raw_text("x"))},
        {"a will flag without a will", connect('\x06', id)},
        {"a will's topic with a wildcard", connect('\x06', id + none + raw_text("w/#") + raw_text("x"))},
        {"a user name flag without a user name", connect('\x82', id)},
        {"a password flag without a password", connect('\xC2', id + raw_text("acme/tester"))},
        {"a client id that is no UTF-8", connect('\2', raw_text("\xC3("))},
        {"a client id with NUL", connect('\2', raw_text("a\0b"s))},
        {"a user name that is no UTF-8", connect('\xC2', id + raw_text("\xFF") + raw_text("open sesame"))},
        {"bytes after its end", connect('\2', id + "x")},
    };
    if (version == Version::v311) rows.push_back({"a password without a user name", connect('\x42', id + raw_text("open sesame"))});
    return rows;
}

}  // namespace

TEST_CASE("malformed packets of every class end their connection with the reason that the class has, and no other",
          "[3.1.1/MQTT-4.8.0-1][5.0/MQTT-4.13.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    SECTION("flags") {
        check_rows(version, wrong_flags(version));
    }
    SECTION("lengths") {
        check_rows(version, wrong_lengths(version));
    }
    SECTION("contents") {
        check_rows(version, wrong_contents(version));
    }
}

TEST_CASE("properties of every class that must not be end their connection with the reason that the class has", "[5.0/MQTT-4.13.1-1]") {
    check_rows(Version::v5, wrong_properties());
}

TEST_CASE("a malformed CONNECT of any class is not admitted, and costs its own connection", "[3.1.1/MQTT-4.8.0-1][5.0/MQTT-4.13.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    Bench bench;
    auto bystander = bench.connect(version, "bystander");
    const auto rows = wrong_connects(version);
    for (const auto& row : rows) {
        INFO(row.what);
        auto client = bench.open(version);
        client.send_bytes(row.bytes);
        client.expect_closed();
    }
    bystander.expect_nothing();
    CHECK(bench.broker().counters().connections == 1);
    CHECK(bench.broker().counters().malformed == rows.size());
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// An alert at the end of what one side of a handshake said, however the bytes came.
#include "transport/tls_alert.hpp"

#include <catch2/catch.hpp>

#include <string>

using muster::transport::TlsTail;

namespace {

std::string record(char type, std::size_t size) {
    return std::string{type, 3, 3, static_cast<char>(size >> 8U), static_cast<char>(size & 0xFFU)} + std::string(size, 'x');
}

constexpr char alert = 21;
constexpr char handshake = 22;
constexpr char application_data = 23;

}  // namespace

TEST_CASE("an alert is known behind whatever came before it, in pieces of any size") {
    const std::string before = GENERATE(std::string(), record(handshake, 1), record(handshake, 300), record(application_data, 69));
    const std::string last = GENERATE(record(alert, 2), record(application_data, 19));
    const std::size_t piece = GENERATE(1U, 2U, 7U, 23U, 24U, 25U, 1'000U);
    CAPTURE(before.size(), last.size(), piece);
    const std::string all = before + last;
    TlsTail tail;
    for (std::size_t at = 0; at < all.size(); at += piece) {
        CHECK_FALSE(tail.is_alert());
        tail.add(std::string_view(all).substr(at, piece));
    }
    CHECK(tail.is_alert());
    tail.add({});
    CHECK(tail.is_alert());
    tail.add(record(handshake, 1));
    CHECK_FALSE(tail.is_alert());
}

TEST_CASE("what is no alert, or not all of one, is none") {
    const std::string said = GENERATE(std::string(), std::string("\x15\x03\x03"), record(alert, 2).substr(0, 6), record(handshake, 2),
                                      record(application_data, 53), record(application_data, 20), std::string("HTTP/1.1 400 Bad Request"));
    TlsTail tail;
    tail.add(said);
    CHECK_FALSE(tail.is_alert());
}

// SPDX-License-Identifier: Apache-2.0
// The Date of HTTP answers.
#include "net/http_date.hpp"

#include <catch2/catch.hpp>

using muster::testbroker::net::http_date;
using std::chrono::system_clock;

TEST_CASE("a date is written as HTTP has it") {
    CHECK(http_date(system_clock::from_time_t(784'111'777)) == "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's own.
    CHECK(http_date(system_clock::from_time_t(1'798'761'599)) == "Thu, 31 Dec 2026 23:59:59 GMT");
    CHECK(http_date(system_clock::from_time_t(951'782'400)) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

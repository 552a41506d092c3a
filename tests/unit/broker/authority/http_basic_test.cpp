// SPDX-License-Identifier: Apache-2.0
#include "authority/http_basic.hpp"

#include "base/base64.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using testbroker::authority::parse_basic;

TEST_CASE("user and password are read from a Basic header") {
    const auto credentials = parse_basic("Basic " + base::encode_base64("press-01:SECRET"));
    REQUIRE(credentials.has_value());
    CHECK(credentials->user == "press-01");
    CHECK(credentials->password.view() == "SECRET");
    CHECK(parse_basic("bAsIc   " + base::encode_base64("a:b")).has_value());
}

TEST_CASE("a device id may hold a colon") {
    const auto credentials = parse_basic("Basic " + base::encode_base64("urn:press:01:SECRET"));
    REQUIRE(credentials.has_value());
    CHECK(credentials->user == "urn:press:01");
    CHECK(credentials->password.view() == "SECRET");
}

TEST_CASE("an empty user or password is read as it stands") {
    const auto credentials = parse_basic("Basic " + base::encode_base64(":"));
    REQUIRE(credentials.has_value());
    CHECK(credentials->user.empty());
    CHECK(credentials->password.is_empty());
}

TEST_CASE("anything else is no credentials") {
    for (const std::string& header : {std::string(), std::string("Basic"), std::string("Bearer abc"), std::string("Basic !!!"),
                                      std::string("Basic YWI"), "Basic " + base::encode_base64("no colon"), std::string("Basic ")})
        CHECK(!parse_basic(header).has_value());
}

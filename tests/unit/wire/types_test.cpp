// SPDX-License-Identifier: Apache-2.0
// Reasons of MQTT 5.0 in 3.1.1, and the sizes of variable byte integers.
#include "wire/types.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace wire;

TEST_CASE("the reasons of MQTT 5 have return codes in 3.1.1") {
    CHECK(connack_code_v311(ReasonCode::success) == 0);
    CHECK(connack_code_v311(ReasonCode::unsupported_protocol_version) == 1);
    CHECK(connack_code_v311(ReasonCode::client_identifier_not_valid) == 2);
    CHECK(connack_code_v311(ReasonCode::server_busy) == 3);
    CHECK(connack_code_v311(ReasonCode::bad_user_name_or_password) == 4);
    CHECK(connack_code_v311(ReasonCode::not_authorized) == 5);
}

TEST_CASE("a variable byte integer takes a byte for each seven bits") {
    CHECK(variable_size(0) == 1);
    CHECK(variable_size(127) == 1);
    CHECK(variable_size(128) == 2);
    CHECK(variable_size(16'383) == 2);
    CHECK(variable_size(16'384) == 3);
    CHECK(variable_size(2'097'151) == 3);
    CHECK(variable_size(2'097'152) == 4);
    CHECK(variable_size(max_variable_byte_integer) == 4);
}

}  // namespace muster::test

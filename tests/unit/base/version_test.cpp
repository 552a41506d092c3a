// SPDX-License-Identifier: Apache-2.0
// The library knows which one it is.
#include <muster/version.hpp>

#include <catch2/catch.hpp>

TEST_CASE("the version is the project's") {
    CHECK(muster::version() == MUSTER_EXPECTED_VERSION);
}

// SPDX-License-Identifier: Apache-2.0
// The stamp in a payload.
#include "load/payload.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

TEST_CASE("a stamp comes back as it was written, and the rest of the payload stays") {
    std::string payload(64, 'x');
    write_stamp({.run = 7, .publisher = 9'999, .sequence = 1ULL << 40U, .intended = base::SteadyTime(123'456'789ns)}, payload.data());
    const auto stamp = read_stamp(payload);
    REQUIRE(stamp);
    CHECK(stamp->run == 7);
    CHECK(stamp->publisher == 9'999);
    CHECK(stamp->sequence == 1ULL << 40U);
    CHECK(stamp->intended == base::SteadyTime(123'456'789ns));
    CHECK(payload.substr(stamp_bytes) == std::string(64 - stamp_bytes, 'x'));
}

TEST_CASE("a payload without room for a stamp has none") {
    CHECK_FALSE(read_stamp(std::string(stamp_bytes - 1, 'x')));
    CHECK_FALSE(read_stamp(""));
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A session in a world that loses, delays, refuses and is busy, over virtual hours from one seed; each planted bug is found.
#include "simulation/world.hpp"

#include <catch2/catch.hpp>

#include <cstdint>

namespace muster::test {

TEST_CASE("over hundreds of seeds nothing accepted is lost, reordered, sent too early or retried too often") {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t connects = 0;
    std::uint64_t redelivered = 0;
    std::uint64_t refusals_for_now = 0;
    std::uint64_t trials = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        World world(seed);
        const auto broken = world.run();
        INFO("seed " << seed << ": " << broken.value_or(""));
        REQUIRE_FALSE(broken);
        accepted += world.outbox().accepted();
        rejected += world.outbox().rejected();
        connects += world.session().connects();
        redelivered += world.redelivered();
        trials += world.trials();
        refusals_for_now += world.network().refusals_for_now();
    }
    // The runs were not idle.
    CHECK(accepted > 200'000);
    CHECK(rejected > 2'000);
    CHECK(connects > 6'000);
    CHECK(redelivered > 500);
    CHECK(refusals_for_now > 3'000);
    CHECK(trials > 500);
}

TEST_CASE("each planted bug is found within 100 seeds") {
    for (auto bug = 1; bug < static_cast<int>(Bug::count); ++bug) {
        std::uint64_t seed = 0;
        std::optional<std::string> broken;
        while (!broken && seed < 100) broken = World(++seed, static_cast<Bug>(bug)).run();
        INFO("bug " << bug);
        CHECK(broken);
    }
}

TEST_CASE("a seed gives the same run again") {
    World first(7);
    World second(7);
    CHECK_FALSE(first.run());
    CHECK_FALSE(second.run());
    CHECK(first.outbox().accepted() == second.outbox().accepted());
    CHECK(first.session().connects() == second.session().connects());
    CHECK(first.redelivered() == second.redelivered());
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Random sessions from a seed, and a broker that ends and begins again among them: nobody sees more of it than a lost connection.
#include "play.hpp"
#include "stored_stage.hpp"

namespace muster::test {
namespace {

const std::vector<std::string> filters{"#", "+", "a/#", "+/b", "a/b", "a", "+/+", "dev-1/#", "$share/g/#", "$share/g/+/a", "$share/h/a"};
const std::vector<std::string> topics{"a", "a/b", "a/b/c", "b", "dev-1/a", "dev-1/a/b", "dev-2/a", "dev%2F3/a"};

std::vector<NaiveClient> cast() {
    std::vector<NaiveClient> all;
    for (const std::string tenant : {"acme", "other"}) {
        all.push_back(naive_client(tenant, "dev-1", true, "dev-1/"));
        all.push_back(naive_client(tenant, "dev/3", true, "dev%2F3/"));
        all.push_back(naive_client(tenant, "app-1", false, ""));
        all.push_back(naive_client(tenant, "app-2", false, ""));
        all.push_back(naive_client(tenant, "dev-1", false, ""));
    }
    return all;
}

}  // namespace

TEST_CASE("over random restarts every client gets exactly what the model says") {
    for (const std::uint64_t seed : {1U, 2U, 3U, 20'261'121U}) {
        Stored stored;
        Play play(seed, cast(), filters, topics);
        stored.reload(play.stage().core, play.stage().clock);
        SeededRandom random(seed);
        int restarts = 0;
        for (int operation = 0; operation < 3'000; ++operation) {
            INFO("seed " << seed << ", operation " << operation << ", restarts " << restarts);
            play.step();
            play.check();
            // Some turns are long: much of what they change is gone again when they end.
            if (base::draw_up_to(random, 3) == 0) REQUIRE(stored.journal->commit().ok());
            if (base::draw_up_to(random, 59) != 0) continue;
            REQUIRE(stored.journal->commit().ok());
            play.restart([&](Stage& stage) { stored.reload(stage.core, stage.clock); });
            ++restarts;
        }
        CHECK(restarts > 20);
        CHECK(play.deliveries > 1'500);
    }
}

}  // namespace muster::test

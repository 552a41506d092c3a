// SPDX-License-Identifier: Apache-2.0
// Random sessions, losses, takeovers, wills, retained messages and windows from a seed: the broker does what the naive model says.
#include "play.hpp"

namespace muster::test {
namespace {

const std::vector<std::string> filters{"#",     "+",       "a/#",   "+/b",     "a/b",  "a",          "+/+",
                                       "+/+/b", "dev-1/#", "+/a/#", "dev-2/a", "$x/#", "$share/g/#", "$share/g/+/a"};
const std::vector<std::string> topics{"a", "a/b", "a/b/c", "b", "$x/a", "dev-1/a", "dev-1/a/b", "dev-2/a", "dev-2/b", "dev%2F3/a"};

std::vector<NaiveClient> cast() {
    std::vector<NaiveClient> all;
    for (const std::string tenant : {"acme", "other"}) {
        all.push_back(naive_client(tenant, "dev-1", true, "dev-1/"));
        all.push_back(naive_client(tenant, "dev-2", true, "dev-2/"));
        all.push_back(naive_client(tenant, "dev/3", true, "dev%2F3/"));
        all.push_back(naive_client(tenant, "#", true, "%23/"));
        all.push_back(naive_client(tenant, "app-1", false, ""));
        all.push_back(naive_client(tenant, "dev-1", false, ""));
    }
    return all;
}

}  // namespace

TEST_CASE("over random sessions, losses and wills every client gets exactly what the model says") {
    for (const std::uint64_t seed : {1U, 2U, 3U, 20'261'121U}) {
        Play play(seed, cast(), filters, topics);
        for (int operation = 0; operation < 5'000; ++operation) {
            INFO("seed " << seed << ", operation " << operation);
            play.step();
            play.check();
        }
        play.check_all_tenants();
        CHECK(play.deliveries > 4'000);
    }
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// The table of what is in flight, against a list that is searched.
#include "core/in_flight.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <set>

namespace muster::test {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

TEST_CASE("over random additions, removals and restarts the order is the order of sending, and every id is found") {
    SeededRandom random(20'261'121);
    const auto draw = [&](std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random, bound - 1)); };
    core::InFlight in_flight;
    std::vector<wire::PacketId> sent;
    for (int operation = 0; operation < 50'000; ++operation) {
        const std::size_t what = draw(1'000);
        if (what == 0) {
            in_flight.restart();
            CHECK(in_flight.quota_used() == 0);
            for (const wire::PacketId id : sent) {
                REQUIRE(in_flight.unsent() == id);
                in_flight.sent_again();
            }
            REQUIRE(in_flight.unsent() == 0);
        } else if (what < 480 && !sent.empty()) {
            const auto one = sent.begin() + static_cast<std::ptrdiff_t>(draw(sent.size()));
            in_flight.remove(*one);
            CHECK(in_flight.find(*one) == nullptr);
            sent.erase(one);
        } else if (sent.size() < 2'000) {
            core::Delivery delivery;
            delivery.identifiers = {static_cast<std::uint32_t>(operation)};
            const wire::PacketId id = in_flight.add(delivery);
            REQUIRE(std::find(sent.begin(), sent.end(), id) == sent.end());
            sent.push_back(id);
            REQUIRE(in_flight.find(id)->delivery.identifiers == delivery.identifiers);
        }
        REQUIRE(in_flight.size() == sent.size());
        REQUIRE(in_flight.quota_used() == sent.size());
    }
}

TEST_CASE("as many as are allowed fit, every one with an id of its own") {
    core::InFlight in_flight;
    std::set<wire::PacketId> ids;
    for (std::size_t i = 0; i < core::InFlight::max_size; ++i) ids.insert(in_flight.add({}));
    CHECK(ids.size() == core::InFlight::max_size);
    CHECK(ids.count(0) == 0);
    for (const wire::PacketId id : ids) in_flight.remove(id);
    CHECK(in_flight.size() == 0);
    CHECK(in_flight.find(1) == nullptr);
}

}  // namespace muster::test

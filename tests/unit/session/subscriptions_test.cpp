// SPDX-License-Identifier: Apache-2.0
// Which filters are asked for, and what is known of each.
#include "session/subscriptions.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using session::Subscriptions;

TEST_CASE("a filter wanted with another QoS while it is asked for is asked for again") {
    Subscriptions subscriptions;
    subscriptions.want("a", Qos::at_most_once);
    CHECK(subscriptions.next_request().size() == 1);
    subscriptions.want("a", Qos::at_least_once);
    subscriptions.answer({{}});
    CHECK_FALSE(subscriptions.all_answered());
    REQUIRE(subscriptions.next_request().size() == 1);
    subscriptions.answer({{}});
    CHECK(subscriptions.all_answered());
}

TEST_CASE("an answer with too few codes refuses the filters it does not mention") {
    Subscriptions subscriptions;
    subscriptions.want("a", Qos::at_most_once);
    subscriptions.want("b", Qos::at_most_once);
    subscriptions.next_request();
    const auto refused = subscriptions.answer({{}});
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].first == "b");
}

TEST_CASE("a new connection forgets the answers and keeps the wishes") {
    Subscriptions subscriptions;
    subscriptions.want("a", Qos::at_most_once);
    subscriptions.next_request();
    subscriptions.answer({Error{Code::denied, "no"}});
    CHECK(subscriptions.refusal());
    subscriptions.begin_connection();
    CHECK_FALSE(subscriptions.refusal());
    CHECK(subscriptions.next_request().size() == 1);
}

}  // namespace muster::test

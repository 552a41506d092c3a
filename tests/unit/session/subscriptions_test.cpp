// SPDX-License-Identifier: Apache-2.0
// Which filters are asked for, and what is known of each.
#include "session/subscriptions.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

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

TEST_CASE("a subscription is asked for with its options and a number of its own") {
    Subscriptions subscriptions;
    subscriptions.want("a", {Qos::exactly_once, true, true, RetainHandling::never});
    subscriptions.want("b", Qos::at_most_once);
    const auto request = subscriptions.next_request();
    REQUIRE(request.size() == 2);
    CHECK((request[0].qos == Qos::exactly_once && request[0].no_local && request[0].retain_as_published));
    CHECK(request[0].retain_handling == RetainHandling::never);
    CHECK((request[1].qos == Qos::at_most_once && !request[1].no_local && !request[1].retain_as_published));
    CHECK(request[0].identifier != 0);
    CHECK(request[0].identifier != request[1].identifier);
}

TEST_CASE("a filter that is forgotten is taken back from the broker, once, and not while something is outstanding") {
    Subscriptions subscriptions;
    subscriptions.want("a", Qos::at_most_once);
    subscriptions.next_request();
    subscriptions.forget("a");
    CHECK(subscriptions.next_removal().empty());
    CHECK(subscriptions.answer({{}}).empty());
    CHECK(subscriptions.next_removal() == std::vector<std::string>{"a"});
    subscriptions.want("a", Qos::at_most_once);
    CHECK(subscriptions.next_request().empty());
    const auto kept = subscriptions.removed({Error{Code::denied, "no"}});
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].first == "a");
    CHECK(subscriptions.next_removal().empty());
    CHECK(subscriptions.next_request().size() == 1);
    subscriptions.forget("never wanted");
    subscriptions.answer({{}});
    CHECK(subscriptions.next_removal().empty());
}

TEST_CASE("after a lost connection only a broker that kept the session is told of what was forgotten") {
    const bool is_kept = GENERATE(false, true);
    const bool is_under_way = GENERATE(false, true);
    Subscriptions subscriptions;
    subscriptions.want("a", Qos::at_most_once);
    subscriptions.want("b", Qos::at_most_once);
    subscriptions.next_request();
    subscriptions.answer({{}, {}});
    subscriptions.forget("a");
    if (is_under_way) subscriptions.next_removal();
    subscriptions.begin_connection(is_kept);
    CHECK(subscriptions.next_request().size() == 1);
    subscriptions.answer({{}});
    CHECK(subscriptions.next_removal() == (is_kept ? std::vector<std::string>{"a"} : std::vector<std::string>{}));
}

}  // namespace muster::test

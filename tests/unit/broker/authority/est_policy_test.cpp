// SPDX-License-Identifier: Apache-2.0
// Which policies of the EST service are taken.
#include "authority/est_policy.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace std::chrono_literals;
using testbroker::authority::check_policy;
using testbroker::authority::EstPolicy;
using testbroker::authority::longest_lifetime;

TEST_CASE("what is outside its range is refused by the name that the configuration has for it") {
    constexpr std::chrono::hours day = 24h;
    struct Row {
        const char* name;
        std::chrono::seconds least;
        std::chrono::seconds most;
        std::chrono::seconds& (*field)(EstPolicy&);
    };
    const Row rows[] = {
        {"certificate_lifetime", 1s, longest_lifetime, [](EstPolicy& policy) -> std::chrono::seconds& { return policy.validity.lifetime; }},
        {"certificate_backdate", 0s, 30 * day, [](EstPolicy& policy) -> std::chrono::seconds& { return policy.validity.backdate; }},
        {"expired_renewal_grace", 0s, 3'650 * day, [](EstPolicy& policy) -> std::chrono::seconds& { return policy.expired_grace; }},
        {"approval_poll", 1s, day, [](EstPolicy& policy) -> std::chrono::seconds& { return policy.approval_poll; }},
    };
    CHECK(check_policy({}).ok());
    for (const auto& row : rows) {
        CAPTURE(row.name);
        for (const auto value : {row.least, row.most}) {
            EstPolicy policy;
            row.field(policy) = value;
            CHECK(check_policy(policy).ok());
        }
        for (const auto value : {row.least - 1s, row.most + 1s, std::chrono::seconds::min(), std::chrono::seconds::max()}) {
            EstPolicy policy;
            row.field(policy) = value;
            const auto checked = check_policy(policy);
            REQUIRE_FALSE(checked.ok());
            CHECK(checked.error().code() == Code::invalid_argument);
            CHECK_THAT(checked.error().message(), Catch::StartsWith(row.name) && Catch::Contains(std::to_string(value.count())));
        }
    }
}

}  // namespace muster::test

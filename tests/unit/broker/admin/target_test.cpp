// SPDX-License-Identifier: Apache-2.0
// A request's target: segments and query, decoded.
#include "admin/target.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using testbroker::admin::parse_target;

TEST_CASE("a target is taken apart into decoded segments and queries") {
    const auto target = parse_target("/v1/tenants/a%2Fb/clients/c%20d?tenant=%C3%A4&x&y=1=2");
    REQUIRE(target);
    CHECK(target->path == std::vector<std::string>{"v1", "tenants", "a/b", "clients", "c d"});
    CHECK(target->query == std::map<std::string, std::string>{{"tenant", "\xC3\xA4"}, {"x", ""}, {"y", "1=2"}});
}

TEST_CASE("a target without a path or a query has none") {
    CHECK(parse_target("/")->path.empty());
    CHECK(parse_target("")->path.empty());
    CHECK(parse_target("/v1?")->query.empty());
}

TEST_CASE("a wrong percent-encoding is refused, wherever it is") {
    for (const auto* text : {"/%", "/%2", "/%zz", "/v1?%", "/v1?a=%2"}) {
        INFO(text);
        CHECK_FALSE(parse_target(text));
    }
}

}  // namespace muster::test

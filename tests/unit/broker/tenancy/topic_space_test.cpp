// SPDX-License-Identifier: Apache-2.0
// A device's topics and its tenant's, there and back.
#include "tenancy/topic_space.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace testbroker::tenancy;
using testbroker::Isolation;

TopicSpace space_of(const std::string& client_id, Role role = Role::device, Isolation isolation = Isolation::device) {
    return TopicSpace({"acme", role, client_id, false, isolation, std::nullopt});
}

}  // namespace

TEST_CASE("a topic of a device lies below its client id, and comes back as it was") {
    const auto space = space_of("press-01");
    CHECK(space.to_tenant("a/b") == "press-01/a/b");
    CHECK(space.to_own("press-01/a/b") == std::string_view("a/b"));
}

TEST_CASE("nothing outside of a device's space has a name in it") {
    const auto space = space_of("press-01");
    for (const auto* topic : {"press-02/a", "press-011/a", "press-01", "press-01/", "a", ""}) {
        INFO(topic);
        CHECK_FALSE(space.to_own(topic));
    }
}

TEST_CASE("a client id is one level and no wildcard, and two different ones never meet") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a/b", "a%2Fb/"}, {"+", "%2B/"},   {"#", "%23/"},    {"a%2Fb", "a%252Fb/"},          {"$SYS", "%24SYS/"},
        {"a$", "a$/"},     {"a b", "a b/"}, {"\x01", "%01/"}, {"sp\xC3\xA4t", "sp\xC3\xA4t/"}};
    for (const auto& [client_id, prefix] : cases) CHECK(space_of(client_id).to_tenant("") == prefix);
}

TEST_CASE("applications, and everybody in a flat tenant, see the tenant's topics") {
    CHECK(space_of("app", Role::application).to_tenant("press-01/a") == "press-01/a");
    CHECK(space_of("press-01", Role::device, Isolation::flat).to_own("x") == std::string_view("x"));
}

TEST_CASE("topics with a dollar sign are hidden from filters that begin with a wildcard, only") {
    CHECK(is_hidden_from_wildcards("$x/a", true));
    CHECK_FALSE(is_hidden_from_wildcards("$x/a", false));
    CHECK_FALSE(is_hidden_from_wildcards("a/$x", true));
}

}  // namespace muster::test

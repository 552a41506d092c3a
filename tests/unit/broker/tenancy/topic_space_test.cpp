// SPDX-License-Identifier: Apache-2.0
// A device's topics and its tenant's, there and back.
#include "tenancy/topic_space.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace muster::test {
namespace {

using namespace testbroker::tenancy;
using testbroker::Isolation;

TopicSpace space_of(const std::string& client_id, Role role = Role::device, Isolation isolation = Isolation::device) {
    return TopicSpace({"acme", role, client_id, false, isolation, std::nullopt});
}

int hex_value(char c) {
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

// The encoding undone, as an application may do it (RFC 3986, section 2.1).
std::string decode(std::string_view encoded) {
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        decoded += encoded[i] == '%' ? static_cast<char>(hex_value(encoded[i + 1]) * 16 + hex_value(encoded[i + 2])) : encoded[i];
        i += encoded[i] == '%' ? 2U : 0U;
    }
    return decoded;
}

// Rich in what means something to MQTT or to the encoding.
std::string random_id(SeededRandom& random) {
    static constexpr std::string_view alphabet = "/+#%$% 25F2Bab\x01\x7F\xC3\xA4";
    std::string id;
    for (auto length = 1 + random.next() % 12; length != 0; --length) id += alphabet[random.next() % alphabet.size()];
    return id;
}

}  // namespace

TEST_CASE("the encoding of client ids can be undone, and never makes two out of one or one out of two") {
    SeededRandom random(20'261'121);
    std::map<std::string, std::string> id_of_prefix;
    for (int round = 0; round < 100'000; ++round) {
        const auto id = random_id(random);
        const auto prefix = space_of(id).to_tenant("");
        const std::string_view level(prefix.data(), prefix.size() - 1);
        REQUIRE(prefix.back() == '/');
        REQUIRE(level.find_first_of("/+#") == std::string_view::npos);
        REQUIRE(level.front() != '$');
        REQUIRE(decode(level) == id);
        REQUIRE(id_of_prefix.emplace(prefix, id).first->second == id);
    }
}

TEST_CASE("no device's space begins inside of another's") {
    SeededRandom random(7);
    for (int round = 0; round < 20'000; ++round) {
        const auto one = random_id(random);
        const auto two = random_id(random);
        if (one == two) continue;
        REQUIRE_FALSE(space_of(two).to_own(space_of(one).to_tenant("a/b")));
    }
}

TEST_CASE("what fits is counted with the prefix as it is encoded") {
    const auto space = space_of("//");  // Six characters and a slash.
    CHECK(space.fits(std::string(65'535 - 7, 'x')));
    CHECK_FALSE(space.fits(std::string(65'535 - 6, 'x')));
    CHECK(space_of("ab").fits(std::string(65'535 - 3, 'x')));
    CHECK(space_of("app", Role::application).fits(std::string(65'535, 'x')));
    const auto longest = space_of(std::string(1'024, '/'));
    CHECK(longest.fits(std::string(65'535 - 3'073, 'x')));
    CHECK_FALSE(longest.fits(std::string(65'535 - 3'072, 'x')));
}

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

// SPDX-License-Identifier: Apache-2.0
#include "registry/secrets.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace muster;
using namespace muster::testbroker::registry;

TEST_CASE("a one-time password is 26 characters of base32 and never the same twice") {
    std::set<std::string> seen;
    std::set<char> last;
    for (int i = 0; i < 1'000; ++i) {
        auto password = make_one_time_password();
        REQUIRE(password.ok());
        REQUIRE(password->size() == 26);
        REQUIRE(password->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == std::string::npos);
        last.insert(password->back());
        seen.insert(*password);
    }
    CHECK(seen.size() == 1'000);
    // 128 bits leave three for the last character: 8 of the 32, all of which come up.
    CHECK(last == std::set<char>{'A', 'E', 'I', 'M', 'Q', 'U', 'Y', '4'});
}

TEST_CASE("every position of a one-time password takes every character") {
    std::vector<std::set<char>> seen(25);
    for (int i = 0; i < 2'000; ++i) {
        const auto password = make_one_time_password();
        for (std::size_t j = 0; j < seen.size(); ++j) seen[j].insert((*password)[j]);
    }
    for (const auto& characters : seen) CHECK(characters.size() == 32);
}

TEST_CASE("a one-time password is hashed with SHA-256") {
    // FIPS 180-4's example "abc".
    const auto hash = hash_one_time_password("abc");
    REQUIRE(hash.size() == 32);
    CHECK(static_cast<unsigned char>(hash[0]) == 0xBA);
    CHECK(static_cast<unsigned char>(hash[31]) == 0xAD);
}

TEST_CASE("secrets of different lengths or bytes differ, NUL included") {
    CHECK(is_same_secret("abc", "abc"));
    CHECK(is_same_secret("", ""));
    CHECK(!is_same_secret("abc", "abd"));
    CHECK(!is_same_secret("abc", "abcd"));
    CHECK(!is_same_secret(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("a password matches its own hash only, and two hashes of one password differ") {
    const auto first = hash_password("correct horse");
    const auto second = hash_password("correct horse");
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(first->hash != second->hash);
    CHECK(first->salt != second->salt);
    CHECK(matches_password(*first, "correct horse").value());
    CHECK(!matches_password(*first, "correct horsf").value());
    CHECK(!matches_password(*first, "").value());
}

TEST_CASE("a stored password that asks for all memory is refused") {
    auto stored = hash_password("x");
    REQUIRE(stored.ok());
    stored->n = 1ULL << 40U;
    const auto matched = matches_password(*stored, "x");
    REQUIRE(!matched.ok());
    CHECK(matched.error().code() == Code::corrupt);
}

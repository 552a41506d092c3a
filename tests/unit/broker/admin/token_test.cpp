// SPDX-License-Identifier: Apache-2.0
// The admin token: found or made, and shown.
#include "admin/token.hpp"

#include "base/files.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using testbroker::admin::Token;

namespace {

Token token_of(const TemporaryDirectory& directory, const std::string& text) {
    const auto file = directory.path() / "token";
    REQUIRE(base::store_file(file, text, base::Access::owner_only, base::Existing::replace));
    auto token = Token::load(file);
    REQUIRE(token);
    return std::move(*token);
}

}  // namespace

TEST_CASE("a token is shown whole, as a bearer's, or not at all") {
    const TemporaryDirectory directory;
    const Token token = token_of(directory, "0123456789abcdef\n");
    CHECK(token.is_shown_by("Bearer 0123456789abcdef"));
    CHECK(token.is_shown_by("bearer 0123456789abcdef"));
    for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer 0123456789abcdeF",
                              "Basic 0123456789abcdef", "0123456789abcdef", "Bearer  0123456789abcdef"}) {
        INFO(wrong);
        CHECK_FALSE(token.is_shown_by(wrong));
    }
}

TEST_CASE("a new token is made once, long, and for its owner only") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "admin.token";
    REQUIRE(Token::ensure(file));
    const auto text = base::load_secret_file(file);
    REQUIRE(text);
    CHECK(text->size() == 53);
    const auto again = Token::ensure(file);
    REQUIRE(again);
    CHECK(again->is_shown_by("Bearer " + text->substr(0, 52)));
}

TEST_CASE("a token that is missing, too short, of several lines or open to others is refused") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "token";
    CHECK(Token::load(file).error().code() == Code::not_found);
    for (const auto* text : {"", "0123456789abcde", "0123456789 abcdef", "0123456789abcdef\nmore"}) {
        INFO(text);
        REQUIRE(base::store_file(file, text, base::Access::owner_only, base::Existing::replace));
        CHECK(Token::load(file).error().code() == Code::invalid_argument);
    }
    REQUIRE(base::store_file(file, "0123456789abcdef", base::Access::everyone_reads, base::Existing::replace));
    CHECK(Token::load(file).error().code() == Code::unsafe_file);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Secrets move, are not copied, and are gone afterwards.
#include "base/secret.hpp"

#include <catch2/catch.hpp>

#include <type_traits>
#include <utility>

namespace muster::base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret> && !std::is_convertible_v<Secret, std::string_view>);

TEST_CASE("taking a secret wipes the text it came in") {
    for (const std::string& original : {std::string("short"), std::string(100, 'x')}) {
        std::string text = original;
        const char* bytes = text.data();
        const Secret secret(std::move(text));
        CHECK(secret.view() == original);
        CHECK(secret.c_str() == original);
        // The string object lives on, so its buffer may be looked at.
        CHECK(std::string(bytes, original.size()) == std::string(original.size(), '\0'));
    }
}

TEST_CASE("a moved secret has one owner") {
    Secret first(std::string("password"));
    const char* bytes = first.c_str();
    Secret second(std::move(first));
    CHECK(second.c_str() == bytes);
    CHECK(second.view() == "password");
    CHECK(first.is_empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    Secret third;
    CHECK(third.is_empty());
    third = std::move(second);
    CHECK(third.view() == "password");
    third = Secret(std::string("other"));
    CHECK(third.view() == "other");
}

TEST_CASE("wiping overwrites also what stands behind the end") {
    std::string text = "a secret that was longer before it was cut";
    const char* bytes = text.data();
    const std::size_t size = text.size();
    text.resize(3);
    wipe(text);
    CHECK(text.empty());
    for (std::size_t i = 0; i < size; ++i) CHECK(bytes[i] == '\0');
}

}  // namespace
}  // namespace muster::base

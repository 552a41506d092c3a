// SPDX-License-Identifier: Apache-2.0
// Messages that come twice are known, within a window, and nothing else is taken for one.
#include "base/uuid.hpp"

#include <muster/duplicate_filter.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace muster {
namespace {

std::string id(std::uint64_t number) {
    return base::to_text({0x0198'0000'0000'7000, number});
}

TEST_CASE("an id that came before is known, and stays known") {
    DuplicateFilter filter;
    CHECK_FALSE(filter.is_duplicate(id(1)));
    CHECK_FALSE(filter.is_duplicate(id(2)));
    CHECK(filter.is_duplicate(id(1)));
    CHECK(filter.is_duplicate(id(1)));
    DuplicateFilter moved = std::move(filter);
    CHECK(moved.is_duplicate(id(2)));
}

TEST_CASE("the window's newest ids are in mind, a duplicate makes none of them newer") {
    const std::size_t window = GENERATE(as<std::size_t>(), 0, 1, 3);
    DuplicateFilter filter(window);
    const std::uint64_t kept = std::max<std::size_t>(window, 1);
    for (std::uint64_t i = 0; i < kept; ++i) CHECK_FALSE(filter.is_duplicate(id(i)));
    for (std::uint64_t i = 0; i < kept; ++i) CHECK(filter.is_duplicate(id(i)));
    CHECK_FALSE(filter.is_duplicate(id(kept)));
    for (std::uint64_t i = 1; i <= kept; ++i) CHECK(filter.is_duplicate(id(i)));
    CHECK_FALSE(filter.is_duplicate(id(0)));
}

TEST_CASE("what is no UUID is never a duplicate") {
    DuplicateFilter filter;
    for (const std::string text : {"", "7", "017f22e2-79b0-7cc3-98c4"}) {
        CHECK_FALSE(filter.is_duplicate(text));
        CHECK_FALSE(filter.is_duplicate(text));
    }
}

}  // namespace
}  // namespace muster

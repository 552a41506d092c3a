// SPDX-License-Identifier: Apache-2.0
// A shared value changes under its lock only.
#include "base/guarded.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

namespace muster::base {
namespace {

TEST_CASE("threads that add to a guarded value lose nothing") {
    Guarded<int> count(0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 10'000; ++j) count.with([](int& value) { ++value; });
        });
    }
    for (auto& thread : threads) thread.join();
    const auto& seen = count;
    CHECK(seen.with([](const int& value) { return value; }) == 40'000);
}

}  // namespace
}  // namespace muster::base

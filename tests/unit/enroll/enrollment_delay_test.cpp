// SPDX-License-Identifier: Apache-2.0
// When an enrollment is sent again.
#include "enroll/enrollment_delay.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace muster::est {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an enrollment is sent again when the server says, and only where that can help") {
    struct Row {
        Code code;
        ServerWord word;
        std::chrono::milliseconds retry_every;
        std::optional<std::chrono::milliseconds> delay;
    };
    const Row rows[] = {
        {Code::unavailable, {202, 45s}, 0ms, 45s},
        {Code::unavailable, {202, 0s}, 0ms, 30s},
        {Code::unavailable, {202, 45s}, 10s, 45s},
        {Code::unavailable, {202, 45s}, 60s, 60s},
        {Code::unavailable, {202, 0s}, 10ms, 10ms},
        {Code::unavailable, {503, 7s}, 0ms, 7s},
        {Code::unreachable, {}, 5s, 5s},
        {Code::timeout, {}, 5s, 5s},
        {Code::denied, {403, 0s}, 5s, std::nullopt},
        {Code::rejected, {400, 9s}, 0ms, std::nullopt},
        {Code::tls, {}, 5s, std::nullopt},
        {Code::corrupt, {200, 0s}, 5s, std::nullopt},
    };
    base::SystemRandom random;
    for (const auto& row : rows) {
        CAPTURE(static_cast<int>(row.code), row.word.status);
        CHECK(delay_before_retry({row.code, "why"}, row.word, 0, row.retry_every, random) == row.delay);
    }
}

TEST_CASE("a server in trouble is asked less and less often, but at least once a minute") {
    base::SystemRandom random;
    for (std::uint32_t attempt = 0; attempt < 40; ++attempt) {
        const auto delay = delay_before_retry({Code::unreachable, "why"}, {}, attempt, 0ms, random);
        REQUIRE(delay);
        CHECK(*delay >= 1s);
        CHECK(*delay <= 1s + std::min<std::chrono::milliseconds>(1min, std::chrono::seconds(1LL << attempt)));
    }
}

}  // namespace
}  // namespace muster::est

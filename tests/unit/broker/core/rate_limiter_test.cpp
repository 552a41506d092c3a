// SPDX-License-Identifier: Apache-2.0
// How many of something a second.
#include "core/rate_limiter.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using testbroker::core::TokenBucket;

bool take(TokenBucket& bucket, std::size_t amount, std::uint32_t per_second, base::SteadyTime now) {
    if (!bucket.has(amount, per_second, now)) return false;
    bucket.take(amount);
    return true;
}

}  // namespace

TEST_CASE("a bucket holds a second's worth and fills at its rate") {
    TokenBucket bucket;
    base::SteadyTime now{};
    for (int i = 0; i < 10; ++i) CHECK(take(bucket, 1, 10, now));
    CHECK_FALSE(take(bucket, 1, 10, now));
    now += 99ms;
    CHECK_FALSE(take(bucket, 1, 10, now));
    now += 1ms;
    CHECK(take(bucket, 1, 10, now));
    CHECK_FALSE(take(bucket, 1, 10, now));
    now += 1h;
    for (int i = 0; i < 10; ++i) CHECK(take(bucket, 1, 10, now));
    CHECK_FALSE(take(bucket, 1, 10, now));
}

TEST_CASE("over any time no more is taken than the rate and one second's worth, however it is asked for") {
    TokenBucket bucket;
    base::SteadyTime now{};
    std::size_t taken = 0;
    for (int step = 0; step < 10'000; ++step) {
        if (take(bucket, 1, 7, now)) ++taken;
        now += 10ms;
    }
    CHECK(taken >= 7 * 100);
    CHECK(taken <= 7 * 101);
}

TEST_CASE("what is larger than a second's worth goes when the bucket is full, and is paid for afterwards") {
    TokenBucket bucket;
    base::SteadyTime now{};
    CHECK(take(bucket, 300, 100, now));
    now += 2'999ms;
    CHECK_FALSE(take(bucket, 100, 100, now));
    now += 1ms;
    CHECK(take(bucket, 100, 100, now));
    CHECK_FALSE(take(bucket, 1, 100, now));
}

TEST_CASE("no rate is no limit") {
    TokenBucket bucket;
    for (int i = 0; i < 1'000; ++i) CHECK(take(bucket, 1'000'000, 0, {}));
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Percentiles from buckets.
#include "load/histogram.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using fleet::Histogram;
using std::chrono::nanoseconds;

TEST_CASE("an empty histogram has percentiles of zero") {
    const Histogram empty;
    CHECK(empty.count() == 0);
    CHECK(empty.percentile(50).count() == 0);
    CHECK(empty.percentile(100).count() == 0);
    CHECK(empty.max().count() == 0);
    CHECK(empty.mean().count() == 0);
}

TEST_CASE("values below 1,024 ns are kept exactly") {
    Histogram histogram;
    for (int value = 1; value <= 100; ++value) histogram.record(nanoseconds(value));
    CHECK(histogram.percentile(50).count() == 50);
    CHECK(histogram.percentile(99).count() == 99);
    CHECK(histogram.percentile(100).count() == 100);
    CHECK(histogram.percentile(0).count() == 1);
}

TEST_CASE("a percentile is at most one in 1,024 above the value, and never below it") {
    for (const std::int64_t value :
         {1'024LL, 2'047LL, 2'048LL, 2'049LL, 65'535LL, 1'000'000LL, 123'456'789LL, 60'000'000'000LL, 1LL << 45U}) {
        Histogram histogram;
        histogram.record(nanoseconds(value));
        histogram.record(nanoseconds(value * 2));
        const auto half = histogram.percentile(50).count();
        CAPTURE(value);
        CHECK(half >= value);
        CHECK(half - value <= value / 1'024);
    }
}

TEST_CASE("the largest value is exact, and no percentile is above it") {
    Histogram histogram;
    histogram.record(nanoseconds(1'000'001));
    CHECK(histogram.max().count() == 1'000'001);
    CHECK(histogram.percentile(100).count() == 1'000'001);
}

TEST_CASE("every value has a place, from negative to the largest") {
    Histogram histogram;
    histogram.record(nanoseconds(-5));
    histogram.record(nanoseconds::max());
    CHECK(histogram.count() == 2);
    CHECK(histogram.percentile(50).count() == 0);
    CHECK(histogram.max() == nanoseconds::max());
}

TEST_CASE("merged histograms count as one") {
    Histogram low;
    Histogram high;
    for (int i = 0; i < 99; ++i) low.record(nanoseconds(10));
    high.record(nanoseconds(5'000));
    low.merge(high);
    CHECK(low.mean().count() == (99 * 10 + 5'000) / 100);
    CHECK(low.count() == 100);
    CHECK(low.percentile(99).count() == 10);
    CHECK(low.percentile(99.5).count() == 5'000);
    CHECK(low.max().count() == 5'000);
    CHECK(low.buckets() == std::vector<std::pair<nanoseconds, std::uint64_t>>{{nanoseconds(10), 99}, {nanoseconds(5'000), 1}});
}

}  // namespace muster::test

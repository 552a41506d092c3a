// SPDX-License-Identifier: Apache-2.0
// When the next attempt is made.
#include "session/reconnect_plan.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace muster::test {
namespace {

using session::LinkEnd;
using session::ReconnectPlan;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds none{0};
const milliseconds stable = BackoffConfig{}.min_stable;

LinkEnd failed(Code why) {
    return {why, none, std::nullopt, false};
}
LinkEnd lost(milliseconds up_for, Code why = Code::unreachable) {
    return {why, up_for, std::nullopt, false};
}
LinkEnd hinted(seconds retry_after) {
    return {Code::unavailable, none, retry_after, false};
}

struct Range {
    milliseconds least{1'000'000'000};
    milliseconds most{0};
    void add(milliseconds delay) {
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
};

/// The delays after `ends`, each over a thousand devices.
std::vector<Range> delays_after(const std::vector<LinkEnd>& ends, const BackoffConfig& config = {}) {
    std::vector<Range> ranges(ends.size());
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        ReconnectPlan plan(config, random);
        for (std::size_t i = 0; i < ends.size(); ++i) ranges[i].add(plan.delay_after(ends[i]));
    }
    return ranges;
}

/// The draws fill all from `least` to `most`, and nothing else.
void check_fills(const Range& range, milliseconds least, milliseconds most) {
    const auto slack = (most - least) / 20;
    CHECK(range.least >= least);
    CHECK(range.least <= least + slack);
    CHECK(range.most <= most);
    CHECK(range.most >= most - slack);
}

}  // namespace

TEST_CASE("who is turned away waits for half as long again each time, up to the cap, with the upper half drawn evenly") {
    for (const auto code : {Code::unreachable, Code::unavailable}) {
        const auto ranges = delays_after(std::vector<LinkEnd>(11, failed(code)));
        check_fills(ranges[0], milliseconds(5'000), milliseconds(10'000));
        check_fills(ranges[1], milliseconds(7'500), milliseconds(15'000));
        check_fills(ranges[2], milliseconds(11'250), milliseconds(22'500));
        check_fills(ranges[9], milliseconds(150'000), milliseconds(300'000));
        check_fills(ranges[10], milliseconds(150'000), milliseconds(300'000));
    }
}

TEST_CASE("who is not answered in time keeps away for minutes, also if the fleet is turned away in between") {
    const auto ranges = delays_after({failed(Code::timeout), failed(Code::unreachable), failed(Code::timeout), failed(Code::timeout)});
    check_fills(ranges[0], milliseconds(80'000), milliseconds(160'000));
    check_fills(ranges[1], milliseconds(5'000), milliseconds(10'000));
    check_fills(ranges[2], milliseconds(320'000), milliseconds(640'000));
    check_fills(ranges[3], milliseconds(450'000), milliseconds(900'000));
}

TEST_CASE("the first attempt after start, and after a stable connection, is spread over the time set for it") {
    check_fills(delays_after({lost(stable)})[0], none, milliseconds(30'000));
    Range first;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        first.add(ReconnectPlan({}, random).first_delay());
    }
    check_fills(first, none, milliseconds(30'000));
}

TEST_CASE("without a spread a stable connection that was lost is still not made again in step") {
    BackoffConfig config;
    config.first_attempt = none;
    config.base = milliseconds(1'000);
    check_fills(delays_after({lost(stable)}, config)[0], none, milliseconds(1'000));
}

TEST_CASE("the delays start over only after a connection that was stable") {
    const std::vector<LinkEnd> row(3, failed(Code::unreachable));
    auto ends = row;
    ends.push_back(lost(stable - milliseconds(1)));
    ends.push_back(lost(stable));
    ends.push_back(failed(Code::unreachable));
    ends.push_back(failed(Code::timeout));
    const auto ranges = delays_after(ends);
    check_fills(ranges[3], milliseconds(16'875), milliseconds(33'750));
    check_fills(ranges[4], none, milliseconds(30'000));
    check_fills(ranges[5], milliseconds(5'000), milliseconds(10'000));
    check_fills(ranges[6], milliseconds(80'000), milliseconds(160'000));
}

TEST_CASE("a refusal that retrying cannot mend has a slow schedule of its own") {
    for (const auto code : {Code::denied, Code::tls, Code::expired, Code::rejected, Code::taken_over}) {
        const auto ranges = delays_after({failed(code), failed(code), failed(Code::unreachable), failed(code), failed(code), failed(code)});
        check_fills(ranges[0], milliseconds(30'000), milliseconds(60'000));
        check_fills(ranges[1], milliseconds(30'000), milliseconds(120'000));
        check_fills(ranges[2], milliseconds(5'000), milliseconds(10'000));
        check_fills(ranges[3], milliseconds(30'000), milliseconds(240'000));
        check_fills(ranges[5], milliseconds(30'000), milliseconds(900'000));
    }
}

TEST_CASE("the hold-off after a takeover starts over only after a stable connection that ended otherwise") {
    const auto ranges = delays_after({lost(stable, Code::taken_over), lost(stable, Code::taken_over), failed(Code::unreachable),
                                      lost(stable, Code::taken_over), lost(stable), lost(stable, Code::taken_over)});
    check_fills(ranges[0], milliseconds(30'000), milliseconds(60'000));
    check_fills(ranges[1], milliseconds(30'000), milliseconds(120'000));
    check_fills(ranges[3], milliseconds(30'000), milliseconds(240'000));
    check_fills(ranges[5], milliseconds(30'000), milliseconds(60'000));
}

TEST_CASE("a broker's hint is obeyed, with most of it drawn, up to an hour") {
    const auto ranges = delays_after({hinted(seconds(100)),
                                      hinted(seconds(0)),
                                      hinted(seconds(1'000'000)),
                                      {Code::unreachable, stable, seconds(10), false},
                                      {Code::denied, none, seconds(10), false}});
    check_fills(ranges[0], milliseconds(20'000), milliseconds(100'000));
    check_fills(ranges[1], milliseconds(5'000), milliseconds(10'000));
    check_fills(ranges[2], milliseconds(720'000), milliseconds(3'600'000));
    check_fills(ranges[3], milliseconds(2'000), milliseconds(10'000));
    check_fills(ranges[4], milliseconds(2'000), milliseconds(10'000));
}

TEST_CASE("the smallest settings give delays all the same") {
    BackoffConfig config;
    config.first_attempt = config.timeout_cap = config.refused_floor = config.refused_cap = config.min_stable = none;
    config.base = config.cap = milliseconds(10);
    for (const auto code : {Code::unreachable, Code::timeout, Code::denied, Code::taken_over}) {
        for (const auto& range : delays_after({failed(code), failed(code)}, config)) CHECK(range.most >= milliseconds(9));
    }
    CHECK(delays_after({lost(milliseconds(1))}, config)[0].most >= milliseconds(9));
}

TEST_CASE("an endpoint that is not known to be bad is tried soon, unless it is this device that is not let in") {
    const auto elsewhere = [](Code why) { return LinkEnd{why, none, std::nullopt, true}; };
    for (const auto code : {Code::unreachable, Code::timeout, Code::unavailable, Code::tls})
        check_fills(delays_after({elsewhere(code)})[0], milliseconds(5'000), milliseconds(10'000));
    for (const auto code : {Code::denied, Code::expired, Code::taken_over})
        check_fills(delays_after({elsewhere(code)})[0], milliseconds(30'000), milliseconds(60'000));
}

TEST_CASE("a connection that the broker ends at once does not loop without delay") {
    SeededRandom random(3);
    ReconnectPlan plan({}, random);
    milliseconds total{0};
    for (int i = 0; i < 20; ++i) total += plan.delay_after(lost(milliseconds(1)));
    CHECK(total > milliseconds(1'800'000));
}

}  // namespace muster::test

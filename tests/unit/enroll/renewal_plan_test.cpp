// SPDX-License-Identifier: Apache-2.0
// When a certificate is renewed, in virtual time: spread over the fleet, patient with servers, and never at the cost of the old one.
#include "enroll/renewal_plan.hpp"

#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::hours day{24};
using Said = std::vector<std::string>;

struct Words {
    std::string operator()(const Obtain&) const { return "obtain"; }
    std::string operator()(const Try&) const { return "try"; }
    std::string operator()(const Promote&) const { return "promote"; }
    std::string operator()(const Discard&) const { return "discard"; }
    std::string operator()(const Tell& tell) const { return name_of(tell.state); }
};

/// A plan, its clocks and a certificate of 90 days, issued now.
class Device {
public:
    explicit Device(std::uint64_t seed = 7, RenewalLimits limits = {}) : random_(seed), plan(limits, seed, random_) {}

    [[nodiscard]] Moment now() const { return {clock.now(), clock.wall_now()}; }
    [[nodiscard]] Term fresh(std::chrono::milliseconds lifetime = 90 * day) const {
        return {clock.wall_now(), clock.wall_now() + lifetime};
    }
    Said said() {
        Said words;
        for (const auto& action : plan.take_actions()) words.push_back(std::visit(Words{}, action));
        return words;
    }
    /// Sleeps from deadline to deadline until the plan says something; the time that passed.
    std::chrono::milliseconds wait(Said& words) {
        const auto before = clock.now();
        for (int turns = 0; turns < 10'000; ++turns) {
            const auto next = plan.next_deadline(now());
            REQUIRE(next);
            clock.advance(std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(*next - clock.now())));
            plan.tick(now());
            words = said();
            if (!words.empty()) return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - before);
        }
        FAIL("nothing is ever said");
        return {};
    }
    /// Up to the moment when the server is asked.
    void become_due() {
        plan.start(fresh(), false, now());
        said();
        Said words;
        wait(words);
        REQUIRE(words == Said{"renewing", "obtain"});
    }
    void fail(Code code = Code::unreachable, std::chrono::seconds retry_after = 0s) {
        plan.not_obtained(Error{code, "no"}, retry_after, now());
    }
    /// It starts with a certificate that has expired, and the server does not renew it.
    void fail_after_expiry(Code code) {
        const Term term = fresh();
        clock.advance(100 * day);
        plan.start(term, false, now());
        said();
        Said words;
        wait(words);
        fail(code);
    }

    test::ManualClock clock;

private:
    test::SeededRandom random_;

public:
    RenewalPlan plan;
};

TEST_CASE("a certificate is renewed after two thirds of its life, tried, and then made the one in use") {
    Device device;
    device.plan.start(device.fresh(), false, device.now());
    CHECK(device.said() == Said{"valid"});
    Said words;
    const auto waited = device.wait(words);
    CHECK(words == Said{"renewing", "obtain"});
    CHECK(waited >= 90 * day * 66 / 100);
    CHECK(waited <= 90 * day * 76 / 100);
    device.clock.advance(5s);
    device.plan.obtained(device.now());
    CHECK(device.said() == Said{"renewing", "try"});
    CHECK_FALSE(device.plan.next_deadline(device.now()));
    device.plan.trial_ended(std::nullopt, device.now());
    CHECK(device.said() == Said{"promote"});
    device.plan.promoted(device.fresh(), device.now());
    CHECK(device.said() == Said{"valid"});
    CHECK(device.wait(words) >= 90 * day * 66 / 100);
}

TEST_CASE("a fleet that was enrolled in one second is renewed over the whole jitter, each device at a moment of its own") {
    constexpr int devices = 10'000;
    std::vector<std::int64_t> moments;
    const Device any;
    const auto earliest = any.clock.wall_now() + std::chrono::minutes(90 * day) * 66 / 100;
    for (std::uint64_t seed = 0; seed < devices; ++seed) {
        Device device(seed);
        device.plan.start(device.fresh(), false, device.now());
        moments.push_back(std::chrono::duration_cast<std::chrono::minutes>(device.plan.due() - earliest).count());
    }
    std::sort(moments.begin(), moments.end());
    CHECK(moments.front() >= 0);
    CHECK(moments.back() <= 9 * 24 * 60);  // 10 % of 90 days.
    // Even: each tenth of the time gets its tenth of the devices, more or less.
    for (std::int64_t tenth = 0; tenth < 10; ++tenth) {
        const auto from = std::lower_bound(moments.begin(), moments.end(), tenth * 1'296);
        const auto to = std::lower_bound(moments.begin(), moments.end(), (tenth + 1) * 1'296);
        CHECK(to - from > 850);
        CHECK(to - from < 1'150);
    }
}

TEST_CASE("a device's moment is the same after a restart, and another one for the next certificate") {
    Device first;
    Device second;
    const Term term = first.fresh();
    first.plan.start(term, false, first.now());
    second.clock.advance(10 * day);
    second.plan.start(term, false, second.now());
    CHECK(first.plan.due() == second.plan.due());
    Device other;
    const Term later{term.not_before + 1s, term.not_after + 1s};
    other.plan.start(later, false, other.now());
    CHECK(other.plan.due() - first.plan.due() != 1s);
}

TEST_CASE("a failing server is asked again after a minute at the least, then ever less often, and at last once an hour or two") {
    Device device;
    device.become_due();
    std::chrono::milliseconds longest{0};
    for (int attempt = 0; attempt < 200; ++attempt) {
        device.fail();
        CHECK(device.said() == Said{"retrying"});
        Said words;
        const auto waited = device.wait(words);
        CHECK(waited >= 60s);
        CHECK(waited <= 61min);
        longest = std::max(longest, waited);
        REQUIRE(words == Said{"renewing", "obtain"});
    }
    CHECK(longest > 50min);
}

TEST_CASE("a server that says when to come back is not asked sooner, and not obeyed beyond a day") {
    for (const auto asked : {300s, 86'400s, 99'999'999s, -5s}) {
        Device device;
        device.become_due();
        device.fail(Code::unavailable, asked);
        device.said();
        Said words;
        const auto waited = device.wait(words);
        CHECK(waited >= std::clamp<std::chrono::seconds>(asked, 60s, 86'400s));
        CHECK(waited <= 86'400s + 61min);
    }
}

TEST_CASE("the retries of a short-lived certificate fit into its life") {
    Device device;
    device.plan.start(device.fresh(60min), false, device.now());
    device.said();
    Said words;
    device.wait(words);
    for (int attempt = 0; attempt < 5; ++attempt) {
        device.fail();
        device.said();
        CHECK(device.wait(words) <= 60s + 3min);
    }
}

TEST_CASE("a candidate that is refused is discarded, and another one is asked for later") {
    for (const Code code : {Code::tls, Code::denied, Code::expired, Code::rejected}) {
        Device device;
        device.become_due();
        device.plan.obtained(device.now());
        device.said();
        device.plan.trial_ended(Error{code, "no"}, device.now());
        CHECK(device.said() == Said{"discard", "retrying"});
        Said words;
        CHECK(device.wait(words) >= 60s);
        CHECK(words == Said{"renewing", "obtain"});
    }
}

TEST_CASE("a candidate whose trial fails for the network's sake is tried again, but not for ever") {
    Device device;
    device.become_due();
    device.plan.obtained(device.now());
    device.said();
    Said words;
    for (int trial = 0; trial < 2; ++trial) {
        device.plan.trial_ended(Error{Code::unreachable, "no"}, device.now());
        CHECK(device.said() == Said{"retrying"});
        CHECK(device.wait(words) >= 60s);
        CHECK(words == Said{"renewing", "try"});
    }
    device.plan.trial_ended(Error{Code::unreachable, "no"}, device.now());
    CHECK(device.said() == Said{"discard", "retrying"});
}

TEST_CASE("a candidate that a power cut left is tried at once") {
    Device device;
    device.plan.start(device.fresh(), true, device.now());
    CHECK(device.said() == Said{"valid", "renewing", "try"});
}

TEST_CASE("a full disk at the last step costs one more trial, and no certificate") {
    Device device;
    device.become_due();
    device.plan.obtained(device.now());
    device.plan.trial_ended(std::nullopt, device.now());
    device.said();
    device.plan.not_promoted(Error{Code::no_space, "full"}, device.now());
    CHECK(device.said() == Said{"retrying"});
    Said words;
    device.wait(words);
    CHECK(words == Said{"renewing", "try"});
}

TEST_CASE("a device that was off is renewed soon after its start, and not together with all the others") {
    std::vector<std::chrono::milliseconds> delays;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Device device(seed);
        const Term term = device.fresh();
        device.clock.advance(80 * day);
        device.plan.start(term, false, device.now());
        device.said();
        Said words;
        delays.push_back(device.wait(words));
        CHECK(words == Said{"renewing", "obtain"});
    }
    std::sort(delays.begin(), delays.end());
    CHECK(delays.back() <= 30s);
    CHECK(delays[90] - delays[10] > 15s);
}

TEST_CASE("an expired certificate that the server does not renew needs an enrollment, which is said once") {
    for (const Code code : {Code::denied, Code::tls, Code::rejected}) {
        Device device;
        device.fail_after_expiry(code);
        CHECK(device.said() == Said{"needs_enrollment"});
        // The server's policy may change.
        Said words;
        CHECK(device.wait(words) >= 60s);
        CHECK(words == Said{"obtain"});
        device.plan.obtained(device.now());
        CHECK(device.said() == Said{"renewing", "try"});
    }
}

TEST_CASE("an expired certificate whose server cannot be reached does not need an enrollment yet") {
    for (const Code code : {Code::unreachable, Code::timeout, Code::unavailable}) {
        Device device;
        device.fail_after_expiry(code);
        CHECK(device.said() == Said{"retrying"});
    }
}

TEST_CASE("an enrollment by hand ends the need for one") {
    Device device;
    const Term term = device.fresh();
    device.clock.advance(100 * day);
    device.plan.start(term, false, device.now());
    Said words;
    device.said();
    device.wait(words);
    device.fail(Code::denied);
    device.said();
    device.plan.replaced(device.fresh(), device.now());
    CHECK(device.said() == Said{"valid"});
    CHECK(device.wait(words) >= 90 * day * 66 / 100);
}

TEST_CASE("a clock that is set forward is noticed within an hour, and costs one renewal") {
    Device device;
    device.plan.start(device.fresh(), false, device.now());
    device.said();
    device.clock.set_wall(device.clock.wall_now() + 3'650 * day);
    Said words;
    CHECK(device.wait(words) <= 1h);
    CHECK(words == Said{"renewing", "obtain"});
}

TEST_CASE("a clock that is set right again after a failure makes the certificate valid again") {
    Device device;
    const auto right = device.clock.wall_now();
    device.plan.start(device.fresh(), false, device.now());
    device.clock.set_wall(right + 3'650 * day);
    device.said();
    Said words;
    device.wait(words);
    device.fail(Code::corrupt);  // Its answer has expired by that clock.
    CHECK(device.said() == Said{"needs_enrollment"});
    device.clock.set_wall(right);
    device.wait(words);
    CHECK(words == Said{"valid"});
}

TEST_CASE("a clock that is set back delays nothing beyond the certificate's own time") {
    Device device;
    device.plan.start(device.fresh(), false, device.now());
    device.said();
    device.clock.set_wall(device.clock.wall_now() - 3'650 * day);
    device.clock.advance(1h);
    device.plan.tick(device.now());
    CHECK(device.said().empty());
    device.clock.set_wall(device.clock.wall_now() + 3'650 * day + 80 * day);
    Said words;
    CHECK(device.wait(words) <= 1h);
    CHECK(words == Said{"renewing", "obtain"});
}

TEST_CASE("certificates that are due from the start do not make the device ask in a loop") {
    Device device;
    device.become_due();
    for (int i = 0; i < 5; ++i) {
        device.plan.obtained(device.now());
        device.plan.trial_ended(std::nullopt, device.now());
        device.plan.promoted({device.clock.wall_now() - 90 * day, device.clock.wall_now() + 1h}, device.now());
        device.said();
        Said words;
        CHECK(device.wait(words) >= 60s);
        CHECK(words == Said{"renewing", "obtain"});
    }
}

TEST_CASE("late answers change nothing") {
    Device device;
    device.plan.start(device.fresh(), false, device.now());
    device.said();
    device.plan.obtained(device.now());
    device.fail(Code::denied);
    device.plan.trial_ended(std::nullopt, device.now());
    device.plan.promoted({}, device.now());
    device.plan.not_promoted(Error{Code::io, "no"}, device.now());
    CHECK(device.said().empty());
    CHECK(device.plan.state() == CredentialState::valid);
}

TEST_CASE("a certificate is renewed when that is asked for, once, and after a failure until there is a new one") {
    Device device;
    device.plan.start(device.fresh(), false, device.now());
    device.said();
    device.plan.renew(device.now());
    CHECK(device.said() == Said{"renewing", "obtain"});
    device.plan.renew(device.now());
    CHECK(device.said().empty());
    device.fail();
    CHECK(device.said() == Said{"retrying"});
    device.plan.renew(device.now());
    CHECK(device.said().empty());
    Said words;
    CHECK(device.wait(words) >= 1min);
    CHECK(words == Said{"renewing", "obtain"});
    device.plan.obtained(device.now());
    device.plan.trial_ended(std::nullopt, device.now());
    device.plan.promoted(device.fresh(), device.now());
    device.said();
    CHECK(device.wait(words) >= 90 * day * 66 / 100);

    // Asked for in a loop it is once a minute, not more.
    device.plan.obtained(device.now());
    device.plan.trial_ended(std::nullopt, device.now());
    device.plan.promoted(device.fresh(), device.now());
    device.said();
    device.plan.renew(device.now());
    CHECK(device.said().empty());
    CHECK(device.wait(words) == 1min);
    CHECK(words == Said{"renewing", "obtain"});
}

TEST_CASE("a renewal that is asked for before the start begins with it") {
    Device device;
    device.plan.renew(device.now());
    CHECK(device.said().empty());
    device.plan.start(device.fresh(), false, device.now());
    CHECK(device.said() == Said{"valid", "renewing", "obtain"});
}

}  // namespace
}  // namespace muster::est

// SPDX-License-Identifier: Apache-2.0
// When a certificate that is watched is renewed, with clocks that the test moves.
#include "renewal/watch_plan.hpp"

#include <catch2/catch.hpp>

namespace muster::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto days = std::chrono::hours(24);

pki::CertificateInfo certificate_of(std::chrono::seconds life, const char* sha256 = "00000000") {
    pki::CertificateInfo certificate;
    certificate.not_before = std::chrono::system_clock::time_point(20'000 * days);
    certificate.not_after = certificate.not_before + life;
    certificate.sha256 = sha256;
    return certificate;
}

WatchPlan plan_for(const char* expires_in, std::optional<milliseconds> splay = std::nullopt) {
    return {*ExpiresIn::parse(expires_in), splay};
}

WatchPlan::Moment moment(const pki::CertificateInfo& certificate, std::chrono::seconds age, std::chrono::seconds up = 0s) {
    return {WatchPlan::SteadyTime(up), certificate.not_before + age};
}

TEST_CASE("a certificate is due after its share of life, within a tenth of it, at a place of its own") {
    const auto first = certificate_of(100 * days, "00000000");
    const auto last = certificate_of(100 * days, "ffffffff");
    const auto plan = plan_for("66%");
    CHECK(plan.due(first) == first.not_before + 66 * days);
    CHECK(plan.due(last) == last.not_before + 76 * days);
    CHECK(plan.due(certificate_of(100 * days, "80000000")) < plan.due(last));
    CHECK(plan_for("66%", 0ms).due(last) == last.not_before + 66 * days);
    CHECK(plan_for("66%", 1h).due(last) == last.not_before + 66 * days + 1h);
    // Half of what is left at the most, and never after the end.
    CHECK(plan_for("2d").due(last) == last.not_before + 99 * days);
    CHECK(plan_for("100%").due(last) == last.not_after);
}

TEST_CASE("the wait is until it is due, and an hour at most") {
    const auto certificate = certificate_of(100 * days);
    const auto plan = plan_for("66%");
    CHECK(plan.wait(certificate, moment(certificate, 1 * days)) == 1h);
    CHECK(plan.wait(certificate, moment(certificate, 66 * days - 10s)) == 10s);
    CHECK(plan.wait(certificate, moment(certificate, 66 * days)) == 0s);
    CHECK(plan.wait(certificate, moment(certificate, 200 * days)) == 0s);
}

TEST_CASE("a minute passes from one renewal to the next, whatever the certificate says") {
    const auto certificate = certificate_of(10s);
    auto plan = plan_for("30d");
    CHECK(plan.wait(certificate, moment(certificate, 0s, 5s)) == 0s);
    plan.renewed(WatchPlan::SteadyTime(5s));
    CHECK(plan.wait(certificate, moment(certificate, 1s, 6s)) == 59s);
    CHECK(plan.wait(certificate, moment(certificate, 60s, 65s)) == 0s);
}

TEST_CASE("after failures the wait grows to an hour, and begins anew with a certificate") {
    const auto certificate = certificate_of(100 * days);
    auto plan = plan_for("66%");
    CHECK(plan.failed(certificate, 0, WatchPlan::SteadyTime(0s)) == 1min);
    CHECK(plan.failed(certificate, 1, WatchPlan::SteadyTime(0s)) == 3min);
    CHECK(plan.wait(certificate, moment(certificate, 70 * days)) == 3min);
    for (int i = 0; i < 100; ++i) static_cast<void>(plan.failed(certificate, 1, WatchPlan::SteadyTime(0s)));
    CHECK(plan.failed(certificate, 1, WatchPlan::SteadyTime(0s)) == 61min);
    plan.renewed(WatchPlan::SteadyTime(0s));
    CHECK(plan.failed(certificate, 1, WatchPlan::SteadyTime(0s)) == 2min);
    // A short-lived one is asked for more often.
    const auto brief = certificate_of(40min);
    for (int i = 0; i < 100; ++i) static_cast<void>(plan.failed(brief, 1, WatchPlan::SteadyTime(0s)));
    CHECK(plan.failed(brief, 1, WatchPlan::SteadyTime(0s)) == 3min);
}

TEST_CASE("what is wanted now is not waited for, once") {
    const auto certificate = certificate_of(100 * days);
    auto plan = plan_for("66%");
    plan.renew_now();
    CHECK(plan.wait(certificate, moment(certificate, 1 * days)) == 0s);
    plan.renewed(WatchPlan::SteadyTime(0s));
    CHECK(plan.wait(certificate, moment(certificate, 1 * days)) == 1h);
}

}  // namespace
}  // namespace muster::cli

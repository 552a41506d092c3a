// SPDX-License-Identifier: Apache-2.0
// Who is cut off, and when, is decided by the plan and its seed alone; and what a gateway is asked is read strictly.
#include "simulate/gateway_line.hpp"
#include "simulate/timeline.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::fleet {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

SimulationPlan plan_of(std::vector<SimulatedOutage> outages) {
    SimulationPlan plan;
    plan.seed = 3;
    plan.duration = 60s;
    plan.devices.resize(100);
    plan.outages = std::move(outages);
    return plan;
}

TEST_CASE("a share of the devices is chosen, each once, others each time, the same with the same seed") {
    const auto plan = plan_of({});
    const auto first = chosen(plan, 0, 0, 0.2);
    CHECK(first.size() == 20);
    CHECK(std::set<std::uint32_t>(first.begin(), first.end()).size() == 20);
    CHECK(first == chosen(plan, 0, 0, 0.2));
    CHECK(first != chosen(plan, 0, 1, 0.2));
    CHECK(first != chosen(plan, 1, 0, 0.2));
    CHECK(chosen(plan, 0, 0, 0.0001).size() == 1);
    CHECK(chosen(plan, 0, 0, 1).size() == 100);
    auto other = plan;
    other.seed = 4;
    CHECK(first != chosen(other, 0, 0, 0.2));
}

TEST_CASE("an outage that comes again does so within the duration, and ends with it") {
    const auto steps = timeline_of(plan_of({{.at = 5s, .duration = 10s, .every = 25s, .share = 0.1}}));
    REQUIRE(steps.size() == 6);
    const nanoseconds times[] = {5s, 15s, 30s, 40s, 55s, 60s};
    for (std::size_t i = 0; i < steps.size(); ++i) {
        CHECK(steps[i].at == times[i]);
        CHECK(steps[i].kind == (i % 2 == 0 ? StepKind::cut : StepKind::restore));
        CHECK(steps[i].devices == steps[i - i % 2].devices);
    }
}

TEST_CASE("steps of several outages come by their time, and a storm of no duration is over at once") {
    const auto steps = timeline_of(plan_of({{.at = 30s, .duration = 0s, .is_storm = true}, {.at = 10s, .duration = 40s, .share = 0.5}}));
    REQUIRE(steps.size() == 4);
    CHECK(steps[0].event == 1);
    CHECK((steps[1].kind == StepKind::cut && steps[2].kind == StepKind::restore));
    CHECK(steps[1].at == steps[2].at);
    CHECK(steps[1].devices.size() == 100);
    CHECK(steps[3].at == nanoseconds(50s));
}

TEST_CASE("rivals appear and leave, other devices' than an outage would concern") {
    auto plan = plan_of({{.at = 5s, .duration = 10s, .share = 0.1}});
    plan.rivals = {{.at = 5s, .duration = 10s, .share = 0.1}};
    const auto steps = timeline_of(plan);
    REQUIRE(steps.size() == 4);
    CHECK((steps[1].kind == StepKind::appear && steps[3].kind == StepKind::leave));
    CHECK(steps[1].devices == steps[3].devices);
    CHECK(steps[1].devices != steps[0].devices);
}

std::string request(const std::string& target) {
    return "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

TEST_CASE("a request for a tunnel says where to") {
    const std::string text = request("[::1]:8883");
    const auto read = read_request(text + "rest");
    REQUIRE((read && *read));
    CHECK((*read)->host == "::1");
    CHECK((*read)->port == 8883);
    CHECK((*read)->bytes == text.size());
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto part = read_request(text.substr(0, size));
        CHECK((part && !*part));
    }
}

TEST_CASE("what is no request for a tunnel is refused") {
    CHECK_FALSE(read_request("GET / HTTP/1.1\r\n\r\n"));
    CHECK_FALSE(read_request(request("broker")));
    CHECK_FALSE(read_request(request("broker:99999")));
    CHECK_FALSE(read_request(std::string(10'000, 'x')));
}

}  // namespace
}  // namespace muster::fleet

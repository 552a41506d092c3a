// SPDX-License-Identifier: Apache-2.0
// Schedules and sensors of simulated devices are functions of the seed and the time.
#include "simulate/feed.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace muster::fleet {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

SimulatedValue value(SensorModel model) {
    SimulatedValue value;
    value.name = "x";
    value.model = model;
    return value;
}

SimulationPlan plan_with(SimulatedValue value) {
    SimulationPlan plan;
    plan.seed = 7;
    plan.duration = 60s;
    plan.devices.resize(20);
    SimulatedSensor sensor;
    sensor.topic = "t";
    sensor.interval = 1s;
    sensor.values = {std::move(value)};
    plan.sensors = {sensor};
    return plan;
}

std::vector<double> values_of(const SimulationPlan& plan, std::uint32_t device) {
    std::vector<double> values;
    Feed feed(plan, device);
    while (feed.next_time() != nanoseconds::max()) values.push_back(feed.take().values.front().second);
    return values;
}

TEST_CASE("the same seed gives the same readings at the same times, another seed others") {
    auto plan = plan_with(value(SensorModel::random_walk));
    plan.sensors[0].jitter = 500ms;
    plan.start_spread = 10s;
    auto other = plan;
    other.seed = 8;
    const Feed one(plan, 3);
    CHECK(one.next_time() == Feed(plan, 3).next_time());
    CHECK(one.next_time() != Feed(other, 3).next_time());
    CHECK(values_of(plan, 3) == values_of(plan, 3));
    CHECK(values_of(plan, 3) != values_of(other, 3));
    CHECK(values_of(plan, 3) != values_of(plan, 4));
}

TEST_CASE("readings come once an interval, up to the jitter later, in order, until the duration is over") {
    auto plan = plan_with(value(SensorModel::constant));
    plan.sensors[0].jitter = 900ms;
    Feed feed(plan, 0);
    const nanoseconds first = due_time(plan, 0, 0, 0);
    nanoseconds last{-1};
    std::uint64_t count = 0;
    while (feed.next_time() != nanoseconds::max()) {
        const nanoseconds time = feed.next_time();
        CHECK(time >= last);
        CHECK(time < nanoseconds(60s));
        CHECK(std::abs((time - first - static_cast<std::int64_t>(count) * nanoseconds(1s)).count()) <= nanoseconds(900ms).count());
        last = time;
        CHECK(feed.take().sequence == ++count);
    }
    CHECK(count >= 59);
    CHECK(count <= 60);
}

TEST_CASE("devices begin at moments of their own, unless their sensors are aligned") {
    auto plan = plan_with(value(SensorModel::constant));
    std::set<nanoseconds> times;
    for (std::uint32_t device = 0; device < 20; ++device) times.insert(Feed(plan, device).next_time());
    CHECK(times.size() == 20);
    plan.sensors[0].is_aligned = true;
    for (std::uint32_t device = 0; device < 20; ++device) CHECK(Feed(plan, device).next_time() == 0ns);
}

TEST_CASE("nothing is due before a device has started") {
    auto plan = plan_with(value(SensorModel::constant));
    plan.start_spread = 30s;
    for (const bool is_aligned : {false, true}) {
        plan.sensors[0].is_aligned = is_aligned;
        nanoseconds latest{0};
        for (std::uint32_t device = 0; device < 20; ++device) {
            CHECK(Feed(plan, device).next_time() >= start_of(plan, device));
            CHECK(start_of(plan, device) < nanoseconds(30s));
            latest = std::max(latest, start_of(plan, device));
        }
        CHECK(latest > nanoseconds(15s));
    }
}

TEST_CASE("a random walk begins where it is told and goes by steps within its bounds") {
    auto walk = value(SensorModel::random_walk);
    walk.start = 10;
    walk.step = 2;
    walk.least = 8;
    walk.most = 11;
    const auto values = values_of(plan_with(walk), 0);
    CHECK(values.front() == 10);
    for (std::size_t i = 1; i < values.size(); ++i) CHECK(std::abs(values[i] - values[i - 1]) <= 2);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    CHECK(*least >= 8);
    CHECK(*most <= 11);
    CHECK(*least < *most);
}

TEST_CASE("a daily cycle is a sine of the time, with its phase, and noise is within its bound") {
    auto cycle = value(SensorModel::daily_cycle);
    cycle.mean = 20;
    cycle.amplitude = 5;
    cycle.period = 24h;
    cycle.phase = 6h;
    ValueSource source(cycle, Draws(1, DrawFor::value, {}));
    CHECK(source.next(0ns) == Approx(25));
    CHECK(source.next(6h) == Approx(20));
    CHECK(source.next(12h) == Approx(15));
    cycle.noise = 0.5;
    ValueSource noisy(cycle, Draws(1, DrawFor::value, {}));
    for (int i = 0; i < 100; ++i) CHECK(noisy.next(0ns) == Approx(25).margin(0.5));
}

TEST_CASE("steps hold by the time, a recording goes on by the reading, and both begin again") {
    auto step = value(SensorModel::step);
    step.values = {1, 2, 3};
    step.hold = 10s;
    ValueSource steps(step, Draws(1, DrawFor::value, {}));
    CHECK(steps.next(0s) == 1);
    CHECK(steps.next(9s) == 1);
    CHECK(steps.next(10s) == 2);
    CHECK(steps.next(29s) == 3);
    CHECK(steps.next(30s) == 1);
    step.model = SensorModel::replay;
    ValueSource replay(step, Draws(1, DrawFor::value, {}));
    for (const double expected : {1, 2, 3, 1, 2}) CHECK(replay.next(0s) == expected);
}

TEST_CASE("devices may begin at different places of a recording") {
    auto replay = value(SensorModel::replay);
    replay.values = {1, 2, 3, 4, 5, 6, 7, 8};
    replay.is_spread = true;
    const auto plan = plan_with(replay);
    std::set<double> firsts;
    for (std::uint32_t device = 0; device < 20; ++device) firsts.insert(values_of(plan, device).front());
    CHECK(firsts.size() > 3);
}

}  // namespace
}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The machine's clocks as the simulated layers find them: this program is linked with these, not with the real ones.
#include "virtual_clock.hpp"

#include <muster/result.hpp>

namespace muster::test {
namespace {

const VirtualClock*& current() {
    static const VirtualClock* clock = nullptr;
    return clock;
}

// 2026-01-01.
constexpr std::chrono::seconds start{1'767'225'600};

}  // namespace

VirtualClock::VirtualClock(const Timeline& timeline) : timeline_(timeline) {
    MUSTER_REQUIRE(current() == nullptr);
    current() = this;
}

VirtualClock::~VirtualClock() {
    current() = nullptr;
}

base::WallTime VirtualClock::wall_now() const {
    const auto wall = timeline_.now().time_since_epoch() + start + ahead_;
    return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(wall));
}

}  // namespace muster::test

namespace muster::base {

SteadyTime SystemClock::now() const {
    return test::current()->now();
}
WallTime SystemClock::wall_now() const {
    return test::current()->wall_now();
}

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// A fleet in its weather, from one seed: what happens to whom and when, and whether all is well in the end.
#pragma once

#include "broker.hpp"
#include "climate.hpp"
#include "device.hpp"
#include "network.hpp"
#include "storm_meter.hpp"
#include "virtual_clock.hpp"
#include "world.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace muster::test {

/// What a run was like: shows that runs are not idle, and that a replay is the same.
struct Totals {
    std::uint64_t devices = 0;
    std::uint64_t steps = 0;
    std::uint64_t offered = 0;
    std::uint64_t received = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t connects = 0;
    std::uint64_t takeovers = 0;
    std::uint64_t trials = 0;
    std::uint64_t refused_for_now = 0;
    std::uint64_t storms = 0;  ///< Common outages of fleets that were measured.

    Totals& operator+=(const Totals& other);
    friend bool operator==(const Totals& a, const Totals& b);
};

/// Threads: one.
class Fleet {
public:
    explicit Fleet(std::uint64_t seed, bool is_traced = false);

    /// The promise that was broken, if one was.
    [[nodiscard]] std::optional<Verdict> run();
    [[nodiscard]] Totals totals() const;

private:
    [[nodiscard]] bool is_clone(std::size_t index) const { return index > 0 && index >= devices_.size() - climate_.clones; }
    [[nodiscard]] BackoffConfig backoff() const;
    void begin();
    void begin_weather(std::size_t index);
    void every(milliseconds interval, std::function<void()> happens);
    void go_down(std::size_t index);
    void trouble_disk(std::size_t index);
    void trouble_disk_once_more(std::size_t index);
    void plan_common_outage();
    void judge_storm(milliseconds outage);
    void heal();
    void finish();
    void run_until(SteadyTime end, const std::function<bool()>& is_enough);
    [[nodiscard]] bool is_drained() const;

    World world_;
    VirtualClock clock_;
    Climate climate_;
    Broker broker_;
    Network network_;
    StormMeter storm_;
    std::vector<std::unique_ptr<Device>> devices_;
    bool is_healed_ = false;
    std::uint64_t storms_ = 0;
};

}  // namespace muster::test

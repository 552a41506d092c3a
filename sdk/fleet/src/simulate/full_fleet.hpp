// SPDX-License-Identifier: Apache-2.0
// Simulated devices that are the SDK's: opened, fed and stopped on a few threads.
#pragma once

#include "simulate/feed.hpp"
#include "simulate/gateway.hpp"
#include "simulate/simulated_fleet.hpp"

#include <muster/device.hpp>
#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace muster::fleet {

/// What `publish` made of a device's readings. Threads: its driver's, until that has ended.
struct PublishCounts {
    std::uint64_t published = 0;
    std::uint64_t refused = 0;
    std::uint64_t unsafe = 0;
    CodeCounts refusals;
};

/// Threads: one, beside the drivers that it starts and joins.
class FullFleet final : public SimulatedFleet {
public:
    /// Opens all devices, with a gateway between them and the broker if their network is to be taken away. Fails as Device::open does,
    /// naming the device, and with Code::io.
    static Result<std::unique_ptr<FullFleet>> open(const SimulationPlan& plan);
    ~FullFleet() override;
    FullFleet(const FullFleet&) = delete;
    FullFleet& operator=(const FullFleet&) = delete;

    void begin(base::SteadyTime start, Gate& end) override;
    void end_feeding() override;
    void cut(const std::vector<std::uint32_t>& devices, bool is_silent) override { gateway_->cut(devices, is_silent); }
    void restore(const std::vector<std::uint32_t>& devices, bool is_silent) override { gateway_->restore(devices, is_silent); }
    void restore_all() override;
    void drain(const std::function<bool()>& is_over) override;
    void stop(std::chrono::milliseconds patience) override;
    void add_to(SimulationInterval& interval) const override;
    [[nodiscard]] SimulationAccount account(std::uint32_t device) const override;
    [[nodiscard]] DeviceEnd end_of(std::uint32_t device) const override;

private:
    struct One {
        std::unique_ptr<Device> device;
        std::optional<Feed> feed;
        PublishCounts counts;
        OutboxCounts before;  // When it was opened.
        Metrics last;
    };

    explicit FullFleet(const SimulationPlan& plan) : plan_(plan), devices_(plan.devices.size()) {}
    Result<void> open_device(std::uint32_t number);
    void drive(std::uint32_t driver, base::SteadyTime start, Gate& end);
    void publish(One& one);
    /// Calls for each device, on several threads.
    void for_all(const std::function<void(std::uint32_t)>& call);
    [[nodiscard]] std::uint32_t drivers() const;

    const SimulationPlan& plan_;
    std::vector<TopicClass> classes_;   // By sensor.
    ProxyConfig proxy_;                 // Of the plan.
    std::unique_ptr<Gateway> gateway_;  // Outlives the devices.
    std::vector<One> devices_;
    std::vector<std::thread> threads_;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Simulated devices that are plain MQTT clients: tens of thousands on a few threads.
#pragma once

#include "simulate/light_worker.hpp"
#include "simulate/simulated_fleet.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace muster::fleet {

struct LightRole {
    bool are_rivals = false;         ///< Clients with the devices' names that publish nothing, see LightFleet::appear.
    std::uint32_t first_source = 0;  ///< So many connections may come from loopback's addresses before theirs: one has ports for some only.
};

/// Threads: one, beside the workers' that it starts and joins.
class LightFleet final : public SimulatedFleet {
public:
    /// Resolves the broker's name and reads the trust anchors. Fails with Code::not_found, Code::tls, and as loading files does.
    static Result<std::unique_ptr<LightFleet>> open(const SimulationPlan& plan, LightRole role);
    ~LightFleet() override;
    LightFleet(const LightFleet&) = delete;
    LightFleet& operator=(const LightFleet&) = delete;

    void begin(base::SteadyTime start, Gate& end) override;
    void end_feeding() override;
    void cut(const std::vector<std::uint32_t>& devices, bool is_silent) override;
    void restore(const std::vector<std::uint32_t>& devices, bool is_silent) override;
    void restore_all() override;
    void drain(const std::function<bool()>& is_over) override;
    void stop(std::chrono::milliseconds patience) override;
    void add_to(SimulationInterval& interval) const override;
    [[nodiscard]] SimulationAccount account(std::uint32_t device) const override;
    [[nodiscard]] DeviceEnd end_of(std::uint32_t device) const override;

    /// Rivals connect, and come back when they are thrown out if they are to; or they leave.
    void appear(const std::vector<std::uint32_t>& devices, bool come_back);
    void leave(const std::vector<std::uint32_t>& devices);

private:
    explicit LightFleet(const SimulationPlan& plan) : setup_{plan, {}, {}, {}, {}, {}, {}, {}, {}, {}} {}
    Result<void> prepare(LightRole role);
    void order(LightOrder::Kind kind, const std::vector<std::uint32_t>& devices, bool flag);
    void order_all(LightOrder::Kind kind);
    [[nodiscard]] LightTally tally() const;

    LightSetup setup_;
    std::vector<std::unique_ptr<LightWorker>> workers_;
    std::vector<std::thread> threads_;
};

}  // namespace muster::fleet

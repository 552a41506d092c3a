// SPDX-License-Identifier: Apache-2.0
// The application beside a simulated fleet: which readings came to it, each counted once.
#pragma once

#include "load/ledger.hpp"

#include <muster/device.hpp>
#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace muster::fleet {

/// A pattern with `{client_id}` in it, for that client.
[[nodiscard]] std::string for_client(std::string_view pattern, std::string_view client_id);

/// What has come, by device. Threads: any.
class Sightings {
public:
    struct Counts {
        std::uint64_t unique = 0;
        std::uint64_t repeated = 0;
        std::uint64_t unique_unsafe = 0;
    };

    explicit Sightings(const SimulationPlan& plan);

    void note(const Message& message);
    [[nodiscard]] Counts of(std::uint32_t device) const;
    [[nodiscard]] std::uint64_t unique() const;
    [[nodiscard]] std::uint64_t received() const;
    [[nodiscard]] std::uint64_t foreign() const;

private:
    Arrival record(std::uint32_t source, std::uint64_t sequence);

    /// A sensor of a device.
    struct Source {
        std::uint32_t device;
        std::uint32_t sensor;  ///< Of `sensors_`.
    };
    struct Sensor {
        Encoding encoding;
        bool is_unsafe;  ///< At QoS 0.
    };

    std::vector<Sensor> sensors_;  // Of each group after the one before.
    std::vector<Source> sources_;
    std::unordered_map<std::string, std::uint32_t> topics_;  // As the observer sees them, to `sources_`.
    std::uint64_t first_reading_;
    mutable std::mutex mutex_;  // Of everything below.
    Ledger ledger_;
    std::set<std::pair<std::uint32_t, std::uint64_t>> carried_over_;  // Readings of earlier runs that came: source and number.
    std::vector<Counts> counts_;
    std::uint64_t received_ = 0;
    std::uint64_t foreign_ = 0;
};

/// The class of a sensor's topic.
[[nodiscard]] TopicClass class_of(const DeviceConfig& config, const SimulatedSensor& sensor);

/// Threads: one.
class Observer {
public:
    /// Connects and subscribes; waits for both, or until `is_over`. Fails as Device::open does, and with why the broker did not let it.
    static Result<std::unique_ptr<Observer>> start(const SimulationPlan& plan, const std::function<bool()>& is_over);
    ~Observer();
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    [[nodiscard]] const Sightings& sightings() const { return *sightings_; }

private:
    Observer() = default;

    std::unique_ptr<Sightings> sightings_;
    std::unique_ptr<Device> device_;
};

}  // namespace muster::fleet

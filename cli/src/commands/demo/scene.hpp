// SPDX-License-Identifier: Apache-2.0
// What the demo sets up and watches: provisioned devices, an application that counts, a broker that goes away.
#pragma once

#include "commands/demo/broker_process.hpp"
#include "engines/engine.hpp"

#include <muster/device.hpp>
#include <muster/pki.hpp>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace muster::cli::demo {

/// A directory that is removed with its owner, unless it is to be kept.
class WorkDirectory {
public:
    /// Empty `keep`: a new temporary directory.
    static Result<std::unique_ptr<WorkDirectory>> make(const std::filesystem::path& keep);
    ~WorkDirectory();
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    WorkDirectory(std::filesystem::path path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
    std::filesystem::path path_;
    bool temporary_;
};

/// Counts messages by topic and sequence number, so that a duplicate is not taken for a reading.
/// Threads: `count` on the application's callback thread, the rest on any.
class UniqueReadings {
public:
    void count(const Message& message);
    /// Waits until `expected` are there; false after the timeout.
    bool wait_for(std::uint64_t expected, std::chrono::milliseconds timeout);
    [[nodiscard]] std::uint64_t unique() const;
    [[nodiscard]] std::uint64_t duplicates() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::uint64_t> seen_;
    std::uint64_t duplicates_ = 0;
};

/// Registers the device and enrolls it over EST into `directory`.
Result<pki::CertificateInfo> provision(engines::Engine& engine, const BrokerPlaces& places, const std::string& tenant,
                                       const std::string& id, const std::filesystem::path& directory);

/// A configuration for this broker with delays that suit a person who is watching.
DeviceConfig demo_config(const BrokerPlaces& places);

/// Counts how often the device entered each state. Threads: any.
class StateWatch {
public:
    explicit StateWatch(Device& device);
    /// Waits until the device has entered `state` at least `times` times; false after the timeout.
    bool wait_for(ConnectionState state, std::uint64_t times, std::chrono::milliseconds timeout);

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        std::map<ConnectionState, std::uint64_t> entered;
    };
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();  // The device's callback thread may outlive the watch.
};

}  // namespace muster::cli::demo

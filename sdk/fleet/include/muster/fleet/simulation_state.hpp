// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a simulation leaves in a directory for the next one, so that a fleet goes on with what waited.
#pragma once

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace muster::fleet {

/// Whether a device of the plan has an outbox in a file: a state is of no use to others.
[[nodiscard]] bool has_outbox_files(const SimulationPlan& plan);

/// The outboxes of full devices, the run id in their names, and how far readings are numbered: a later run's numbers are others, so that an
/// observer can tell its readings from those that waited. Locked against other runs for as long as it lives; the kernel ends the lock with
/// the process.
/// Threads: one.
class SimulationState {
public:
    /// Makes the directory with mode 0700, or opens what a simulation left there, also one that was killed. Fails with Code::in_use
    /// (another run has it), Code::conflict (it holds something else), Code::unsafe_file, Code::corrupt, Code::io, Code::no_space.
    static Result<std::unique_ptr<SimulationState>> open(const std::filesystem::path& directory);
    ~SimulationState();
    SimulationState(const SimulationState&) = delete;
    SimulationState& operator=(const SimulationState&) = delete;

    /// The same for all runs, unless one is given: a device is known by its name.
    [[nodiscard]] const std::string& run_id() const;
    void set_run_id(std::string run_id);
    /// How many runs have entered, this one too.
    [[nodiscard]] std::uint64_t runs() const;

    /// Lets the plan, which is whole but for this, keep its outboxes here and number its readings on; both are on the disk when it returns.
    /// Fails with Code::conflict if devices of a group of that name had sensors that they have no more: what waits could not be accounted
    /// for; with Code::io, Code::no_space.
    Result<void> enter(SimulationPlan& plan);
    /// After that: outboxes here that no device of the plan has. What waits in them stays.
    [[nodiscard]] std::uint64_t unused_outboxes(const SimulationPlan& plan) const;

private:
    struct Content;
    SimulationState(std::filesystem::path directory, std::unique_ptr<Content> content);

    std::filesystem::path directory_;
    std::unique_ptr<Content> content_;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Each group is a fleet of its own, with a plan of its own; a device of the run is one of one of them.
#include "simulate/mixed_fleet.hpp"

#include "base/files.hpp"
#include "simulate/full_fleet.hpp"
#include "simulate/groups.hpp"
#include "simulate/light_fleet.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace muster::fleet {
namespace {

Result<std::unique_ptr<SimulatedFleet>> open_alike(const SimulationPlan& plan, std::uint32_t first_source) {
    if (plan.kind == SimulatedKind::light) {
        auto fleet = LightFleet::open(plan, {false, first_source});
        if (!fleet) return std::move(fleet).error();
        return std::unique_ptr<SimulatedFleet>(std::move(*fleet));
    }
    auto fleet = FullFleet::open(plan);
    if (!fleet) return std::move(fleet).error();
    return std::unique_ptr<SimulatedFleet>(std::move(*fleet));
}

/// Threads: one, beside those of its parts.
class MixedFleet final : public SimulatedFleet {
public:
    Result<void> add(SimulationPlan plan, DeviceRange range) {
        auto part = std::make_unique<Part>(Part{std::move(plan), range, nullptr});
        auto fleet = open_alike(part->plan, range.first);
        if (!fleet) return std::move(fleet).error();
        part->fleet = std::move(*fleet);
        parts_.push_back(std::move(part));
        return {};
    }

    void begin(base::SteadyTime start, Gate& end) override {
        for (auto& part : parts_) part->fleet->begin(start, end);
    }
    void end_feeding() override {
        for (auto& part : parts_) part->fleet->end_feeding();
    }
    void cut(const std::vector<std::uint32_t>& devices, bool is_silent) override {
        for_parts_of(devices, [&](SimulatedFleet& fleet, const auto& own) { fleet.cut(own, is_silent); });
    }
    void restore(const std::vector<std::uint32_t>& devices, bool is_silent) override {
        for_parts_of(devices, [&](SimulatedFleet& fleet, const auto& own) { fleet.restore(own, is_silent); });
    }
    void restore_all() override {
        for (auto& part : parts_) part->fleet->restore_all();
    }
    void drain(const std::function<bool()>& is_over) override {
        for (auto& part : parts_) part->fleet->drain(is_over);
    }
    void stop(std::chrono::milliseconds patience) override {
        for (auto& part : parts_) part->fleet->stop(patience);
    }
    void add_to(SimulationInterval& interval) const override {
        for (const auto& part : parts_) part->fleet->add_to(interval);
    }
    [[nodiscard]] SimulationAccount account(std::uint32_t device) const override {
        const Part& part = part_of(device);
        return part.fleet->account(device - part.range.first);
    }
    [[nodiscard]] DeviceEnd end_of(std::uint32_t device) const override {
        const Part& part = part_of(device);
        return part.fleet->end_of(device - part.range.first);
    }

private:
    struct Part {
        SimulationPlan plan;
        DeviceRange range;
        std::unique_ptr<SimulatedFleet> fleet;
    };

    [[nodiscard]] const Part& part_of(std::uint32_t device) const {
        const auto behind = std::find_if(parts_.begin(), parts_.end(),
                                         [device](const auto& part) { return device < part->range.first + part->range.count; });
        return **behind;
    }
    /// `devices` ascend.
    template <class Call>
    void for_parts_of(const std::vector<std::uint32_t>& devices, Call call) {
        auto next = devices.begin();
        for (auto& part : parts_) {
            std::vector<std::uint32_t> own;
            for (; next != devices.end() && *next < part->range.first + part->range.count; ++next) own.push_back(*next - part->range.first);
            if (!own.empty()) call(*part->fleet, own);
        }
    }

    std::vector<std::unique_ptr<Part>> parts_;  // By their devices; each fleet borrows the plan beside it.
};

}  // namespace

Result<std::unique_ptr<SimulatedFleet>> open_fleet(const SimulationPlan& plan) {
    if (plan.groups.empty()) return open_alike(plan, 0);
    auto mixed = std::make_unique<MixedFleet>();
    for (std::uint32_t group = 0; group < plan.groups.size(); ++group) {
        const std::string& name = plan.groups[group].name;
        SimulationPlan part = plan_of_group(plan, group);
        // Outboxes are named by their device's number within the group.
        part.directory = plan.directory / name;
        if (!plan.outbox_directory.empty()) part.outbox_directory = plan.outbox_directory / name;
        for (const auto& directory : {part.directory, part.outbox_directory}) {
            if (directory.empty()) continue;
            if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
        }
        auto added = mixed->add(std::move(part), range_of(plan, group));
        if (!added) return std::move(added).error().in("group " + name);
    }
    return std::unique_ptr<SimulatedFleet>(std::move(mixed));
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// A stage with many devices whose messages are numbered, and a partitioned group of applications.
#pragma once

#include "stage.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

/// Threads: one.
class PartitionStage {
public:
    static constexpr std::size_t device_count = 60;

    explicit PartitionStage(const core::Limits& limits = {}, std::string tenant = "acme") : stage_(limits), tenant_(std::move(tenant)) {
        for (std::size_t i = 0; i < device_count; ++i) {
            devices.push_back("device-" + std::to_string(i));
            connections_[devices.back()] = stage_.device(devices.back(), tenant_);
        }
    }

    /// `session_expiry` in seconds.
    void join(const std::string& id, std::uint32_t session_expiry = 0, std::uint16_t receive_maximum = 1'000) {
        connects_[id].clean_start = false;
        connects_[id].properties.session_expiry_interval = session_expiry;
        connects_[id].properties.receive_maximum = receive_maximum;
        come_back(id);
        subscribe(id);
    }
    void come_back(const std::string& id) { connections_[id] = stage_.application_opened(id, connects_[id], tenant_); }
    void lose(const std::string& id) { stage_.core.connection_lost(connections_[id], stage_.clock.now()); }
    void subscribe(const std::string& id) { stage_.subscribe(connections_[id], filter()); }
    void unsubscribe(const std::string& id) {
        wire::Unsubscribe packet;
        packet.packet_id = 1;
        const std::string filter_text = filter();
        packet.filters = {filter_text};
        stage_.say(connections_[id], packet);
    }

    void publish(const std::string& device, Qos qos = Qos::at_least_once) {
        const std::string payload = device + ":" + std::to_string(++published[device]);
        stage_.publish(connections_[device], "t", payload, qos);
        stage_.take(connections_[device]);
    }
    void publish_all(Qos qos) {
        for (const auto& device : devices) publish(device, qos);
    }
    void publish_as_application(const std::string& device) {
        if (connections_.count("sender") == 0) connections_["sender"] = stage_.application("sender", tenant_);
        stage_.publish(connections_["sender"], device + "/t", device + ":" + std::to_string(++published[device]));
    }

    /// The numbers of the messages that a member got since the last look, redelivered ones too.
    std::vector<std::pair<std::string, int>> take_in_order(const std::string& id) {
        std::vector<std::pair<std::string, int>> messages;
        for (const std::string& line : stage_.take(connections_[id])) {
            const auto equals = line.find('=');
            if (equals == std::string::npos) continue;
            const auto colon = line.find(':', equals);
            messages.emplace_back(line.substr(equals + 1, colon - equals - 1), std::stoi(line.substr(colon + 1)));
        }
        return messages;
    }
    std::map<std::string, std::vector<int>> take_by_device(const std::string& id) {
        std::map<std::string, std::vector<int>> numbers;
        for (const auto& [device, number] : take_in_order(id)) numbers[device].push_back(number);
        return numbers;
    }
    bool acknowledge_one(const std::string& id) { return stage_.acknowledge_oldest(connections_[id]); }

    /// Who gets the device's messages: of the members, the first that gets a probe of QoS 0.
    std::string device_owner(const std::string& device) {
        publish(device, Qos::at_most_once);
        for (const auto& [id, connect] : connects_) {
            if (take_by_device(id).count(device) != 0) return id;
        }
        return {};
    }
    /// The same from the hashes, without a probe.
    std::string owner_of(const std::string& device) {
        core::Partition partition;
        core::Partition::Members members;
        for (const auto& [id, connect] : connects_) {
            members.push_back({nullptr, {}, core::Partition::hash_of("a/" + id)});
            partition.add(members.back());
        }
        const auto* owner = partition.owner(core::Partition::slot_of(device));
        for (const auto& [id, connect] : connects_) {
            if (core::Partition::hash_of("a/" + id) == owner->hash) return id;
        }
        return {};
    }
    /// A device that the member has.
    std::string device_of(const std::string& id) {
        for (const auto& device : devices) {
            if (owner_of(device) == id) return device;
        }
        return {};
    }

    ManualClock& clock() { return stage_.clock; }
    void advance(std::chrono::milliseconds time) { stage_.advance(time); }
    const core::Counters& counters() const { return stage_.core.counters(); }

    std::vector<std::string> devices;
    std::map<std::string, int> published;

private:
    [[nodiscard]] std::string filter() const { return tenant_ == "flat" ? "$share/partition:p/t" : "$share/partition:p/+/t"; }

    Stage stage_;
    std::string tenant_;
    std::map<std::string, core::ConnectionId> connections_;
    std::map<std::string, wire::Connect> connects_;
};

}  // namespace muster::test

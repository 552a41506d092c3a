// SPDX-License-Identifier: Apache-2.0
// A shard's connections by their ids, without hashing.
#pragma once

#include "net/mqtt_connection.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace muster::testbroker::net {

/// An id is a slot in its low 32 bits and, above it, a count that makes it unique. Threads: one.
class ConnectionTable {
public:
    core::ConnectionId add(std::unique_ptr<MqttConnection> connection) {
        std::uint32_t slot = 0;
        if (free_.empty()) {
            slot = static_cast<std::uint32_t>(slots_.size());
            slots_.emplace_back();
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        const core::ConnectionId id = ++count_ << 32U | slot;
        slots_[slot] = {id, std::move(connection)};
        return id;
    }

    [[nodiscard]] MqttConnection* find(core::ConnectionId id) const {
        const auto slot = static_cast<std::uint32_t>(id);
        return slot < slots_.size() && slots_[slot].id == id ? slots_[slot].connection.get() : nullptr;
    }

    std::unique_ptr<MqttConnection> remove(core::ConnectionId id) {
        if (find(id) == nullptr) return nullptr;
        const auto slot = static_cast<std::uint32_t>(id);
        free_.push_back(slot);
        slots_[slot].id = 0;
        return std::move(slots_[slot].connection);
    }

    [[nodiscard]] std::size_t size() const { return slots_.size() - free_.size(); }
    [[nodiscard]] std::vector<core::ConnectionId> ids() const {
        std::vector<core::ConnectionId> ids;
        for (const auto& slot : slots_) {
            if (slot.connection) ids.push_back(slot.id);
        }
        return ids;
    }

private:
    struct Slot {
        core::ConnectionId id = 0;
        std::unique_ptr<MqttConnection> connection;
    };
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::uint64_t count_ = 0;
};

}  // namespace muster::testbroker::net

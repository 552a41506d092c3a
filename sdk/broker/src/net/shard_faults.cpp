// SPDX-License-Identifier: Apache-2.0
// What faults delay and hold on a shard, and when it goes on.
#include "net/shard.hpp"
#include "wire/encode.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::net {
namespace {

bool is_acknowledgement(const wire::Packet& packet) {
    return std::holds_alternative<wire::Puback>(packet) || std::holds_alternative<wire::Pubrec>(packet) ||
           std::holds_alternative<wire::Pubcomp>(packet) || std::holds_alternative<wire::Suback>(packet) ||
           std::holds_alternative<wire::Unsuback>(packet);
}

}  // namespace

testbroker::faults::Plan* Shard::faults() {
    testbroker::faults::Plan* plan = core_.faults();
    return plan != nullptr && !plan->is_quiet() ? plan : nullptr;
}

testbroker::faults::Client Shard::client_of(const MqttConnection& connection) const {
    return core_.client_of(connection.id());
}

bool Shard::send_late(MqttConnection& connection, wire::Version version, const wire::Packet& packet) {
    testbroker::faults::Plan* plan = faults();
    if ((plan == nullptr && late_acknowledgements_.empty()) || !is_acknowledgement(packet)) return false;
    const auto fate = plan != nullptr ? plan->on_acknowledgement(client_of(connection), now()) : testbroker::faults::AckFate{};
    std::string bytes;
    for (unsigned i = 0; i < fate.copies; ++i) wire::encode(packet, version, bytes);
    auto& last = connection.faults().last_acknowledgement;
    const auto due = std::max(now() + fate.delay, last);
    if (bytes.empty()) return true;
    counters_.packets_out += fate.copies;
    if (due <= now()) {
        connection.outgoing() += bytes;
        connection.appended();
        connection.count_sent_packet();
    } else {
        last = due;
        late_acknowledgements_.emplace(due, std::pair(connection.id(), std::move(bytes)));
    }
    return true;
}

base::SteadyTime Shard::next_turn() const {
    auto next = next_tick_;
    if (!resumes_.empty()) next = std::min(next, resumes_.begin()->first);
    if (!late_acknowledgements_.empty()) next = std::min(next, late_acknowledgements_.begin()->first);
    return next;
}

void Shard::run_fault_timers() {
    while (!late_acknowledgements_.empty() && late_acknowledgements_.begin()->first <= now()) {
        const auto late = late_acknowledgements_.extract(late_acknowledgements_.begin());
        const auto& [id, bytes] = late.mapped();
        MqttConnection* connection = connections_.find(id);
        if (connection == nullptr || connection->is_closing() || connection->is_doomed()) continue;
        connection->outgoing() += bytes;
        connection->appended();
        connection->count_sent_packet();
    }
    while (!resumes_.empty() && resumes_.begin()->first <= now()) {
        MqttConnection* connection = connections_.find(resumes_.begin()->second);
        resumes_.erase(resumes_.begin());
        if (connection != nullptr) connection->resume();
    }
}

void Shard::faults_changed() {
    for (const core::ConnectionId id : connections_.ids()) {
        if (MqttConnection* connection = connections_.find(id)) connection->resume();
    }
}

void Shard::excuse_held() {
    if (faults() == nullptr) return;
    for (const core::ConnectionId id : connections_.ids()) {
        if (connections_.find(id)->is_held()) core_.excuse(id, now());
    }
}

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// What waits for a client and what is in flight to it.
#include "core/session.hpp"

#include "wire/encode.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

void Session::attach(ConnectionId connection, const ClientLimits& limits, tenancy::Principal principal) {
    connection_ = connection;
    limits_ = limits;
    principal_ = std::move(principal);
    will_due.reset();
    expires.reset();
}

void Session::resume(Output& output, base::SteadyTime now) {
    for (const auto& [id, delivery] : in_flight_) send(delivery, id, true, output, now);
    pump(output, now);
}

void Session::detach() {
    connection_.reset();
}

wire::PacketId Session::next_packet_id() {
    // The window is smaller than the ids: one is always free.
    do {
        last_packet_id_ = last_packet_id_ == 65'535 ? wire::PacketId{1} : static_cast<wire::PacketId>(last_packet_id_ + 1);
    } while (std::any_of(in_flight_.begin(), in_flight_.end(), [this](const InFlight& one) { return one.id == last_packet_id_; }));
    return last_packet_id_;
}

bool Session::send(const Delivery& delivery, wire::PacketId id, bool dup, Output& output, base::SteadyTime now) {
    const StoredMessage& message = *delivery.message;
    const auto own_topic = space_.to_own(message.topic);
    if (!own_topic) return false;
    wire::Publish packet;
    packet.dup = dup;
    packet.qos = delivery.qos;
    packet.retain = delivery.retain;
    packet.topic = *own_topic;
    packet.packet_id = id;
    packet.payload = message.payload;
    if (limits_.version == wire::Version::v5) {
        const auto response = message.response_topic ? space_.to_own(*message.response_topic) : std::nullopt;
        packet.properties = delivery_properties(message, response, now);
        packet.properties.subscription_identifiers = delivery.identifiers;
    }
    // Too large for this client: it is as if it had been received (MQTT 5.0, section 3.1.2.11.4).
    if (limits_.maximum_packet_size != SIZE_MAX && wire::encoded_size(packet, limits_.version) > limits_.maximum_packet_size) return false;
    output.send(*connection_, limits_.version, packet);
    return true;
}

void Session::deliver(Delivery delivery, Output& output, base::SteadyTime now) {
    if (delivery.qos == Qos::at_most_once) {
        if (!connection_) return;
        if (output.is_congested(*connection_)) {
            ++counters_.queue_full;
        } else if (send(delivery, 0, false, output, now)) {
            ++counters_.sent;
        }
        return;
    }
    if (queue_.size() >= max_queued_) {
        queue_.pop_front();
        ++counters_.queue_full;
    }
    queue_.push_back(std::move(delivery));
    pump(output, now);
}

void Session::pump(Output& output, base::SteadyTime now) {
    while (connection_ && !queue_.empty() && in_flight_.size() < limits_.receive_maximum && !output.is_congested(*connection_)) {
        Delivery delivery = std::move(queue_.front());
        queue_.pop_front();
        if (delivery.message->has_expired(now)) continue;
        const wire::PacketId id = next_packet_id();
        if (!send(delivery, id, false, output, now)) continue;
        ++counters_.sent;
        in_flight_.push_back({id, std::move(delivery)});
    }
}

bool Session::acknowledged(wire::PacketId id, Output& output, base::SteadyTime now) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [id](const InFlight& one) { return one.id == id; });
    if (found == in_flight_.end()) return false;
    in_flight_.erase(found);
    pump(output, now);
    return true;
}

}  // namespace muster::testbroker::core

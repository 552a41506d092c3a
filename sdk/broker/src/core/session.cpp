// SPDX-License-Identifier: Apache-2.0
// What waits for a client and what is in flight to it.
#include "core/session.hpp"

#include "wire/encode.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace muster::testbroker::core {
namespace {

// A client that names no receive maximum allows 65,535; searching so many for every acknowledgement would be felt by everybody else.
constexpr std::size_t max_in_flight = 1'024;

}  // namespace

void Session::attach(ConnectionId connection, const ClientLimits& limits, tenancy::Principal principal) {
    connection_ = connection;
    limits_ = limits;
    principal_ = std::move(principal);
    will_due.reset();
    expires.reset();
}

void Session::detach() {
    connection_.reset();
    // Older than what is left of `again_`, which would have been sent before anything new.
    again_.insert(again_.begin(), std::make_move_iterator(in_flight_.begin()), std::make_move_iterator(in_flight_.end()));
    in_flight_.clear();
}

bool Session::has_id(wire::PacketId id) const {
    const auto is_it = [id](const InFlight& one) { return one.id == id; };
    return std::any_of(in_flight_.begin(), in_flight_.end(), is_it) || std::any_of(again_.begin(), again_.end(), is_it);
}

wire::PacketId Session::next_packet_id() {
    // The window is smaller than the ids: one is always free.
    do {
        last_packet_id_ = last_packet_id_ == 65'535 ? wire::PacketId{1} : static_cast<wire::PacketId>(last_packet_id_ + 1);
    } while (has_id(last_packet_id_));
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
    if (limits_.maximum_packet_size != SIZE_MAX && wire::encoded_size(packet, limits_.version) > limits_.maximum_packet_size) {
        ++counters_.too_large;
        return false;
    }
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
    queue_.push_back(std::move(delivery));
    pump(output, now);
    if (queue_.size() > max_queued_) {
        queue_.pop_front();
        ++counters_.queue_full;
    }
}

void Session::pump(Output& output, base::SteadyTime now) {
    const std::size_t window = std::min<std::size_t>(limits_.receive_maximum, max_in_flight);
    while (connection_ && in_flight_.size() < window && !output.is_congested(*connection_)) {
        if (!again_.empty()) {
            send_again(output, now);
        } else if (!queue_.empty()) {
            send_next(output, now);
        } else {
            return;
        }
    }
}

// Also when it has expired meanwhile: its delivery had begun (MQTT 5.0, section 3.3.2.3.3).
void Session::send_again(Output& output, base::SteadyTime now) {
    InFlight next = std::move(again_.front());
    again_.pop_front();
    if (send(next.delivery, next.id, true, output, now)) in_flight_.push_back(std::move(next));
}

void Session::send_next(Output& output, base::SteadyTime now) {
    Delivery next = std::move(queue_.front());
    queue_.pop_front();
    if (next.message->has_expired(now)) {
        ++counters_.expired;
        return;
    }
    const wire::PacketId id = next_packet_id();
    if (!send(next, id, false, output, now)) return;
    ++counters_.sent;
    in_flight_.push_back({id, std::move(next)});
}

bool Session::acknowledged(wire::PacketId id, Output& output, base::SteadyTime now) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [id](const InFlight& one) { return one.id == id; });
    if (found == in_flight_.end()) return false;
    in_flight_.erase(found);
    pump(output, now);
    return true;
}

}  // namespace muster::testbroker::core

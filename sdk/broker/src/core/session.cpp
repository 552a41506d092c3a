// SPDX-License-Identifier: Apache-2.0
// What waits for a client and what is in flight to it.
#include "core/session.hpp"

#include "core/journal.hpp"
#include "wire/encode.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;

namespace {

// Whether the packet gives its topic a new alias.
bool name_by_alias(const BrokerAliases& aliases, wire::Publish& packet) {
    std::uint16_t alias = aliases.find(packet.topic);
    const bool is_new = alias == 0;
    if (is_new) alias = aliases.next_for(packet.topic);
    if (alias == 0) return false;
    packet.properties.topic_alias = alias;
    if (!is_new) packet.topic = {};
    return is_new;
}

}  // namespace

void Session::count_drop(DropReason reason) {
    switch (reason) {
        case DropReason::queue_full:
            ++counters_.queue_full;
            break;
        case DropReason::bytes_full:
            ++counters_.bytes_full;
            break;
        case DropReason::congested:
            ++counters_.congested;
            break;
        case DropReason::expired:
            ++counters_.expired;
            break;
        case DropReason::too_large:
            ++counters_.too_large;
            break;
    }
    observer_.dropped(name(), reason, 1);
}

std::string Session::key_of(const tenancy::Principal& principal) {
    return (principal.role == tenancy::Role::device ? "d/" : "a/") + principal.client_id;
}

void Session::set_expiry(std::uint32_t seconds) {
    expiry = std::chrono::seconds(seconds);
    never_expires = seconds == UINT32_MAX;
}

void Session::restore(Delivery delivery) {
    bytes_ += delivery.message->bytes();
    queue_.push_back(std::move(delivery));
    account();
}

void Session::restore(Delivery delivery, wire::PacketId id, InFlight::Stage stage) {
    if (delivery.message != nullptr) bytes_ += delivery.message->bytes();
    in_flight_.restore(id, std::move(delivery), stage);
    account();
}

void Session::attach(ConnectionId connection, const ClientLimits& limits, tenancy::Principal principal) {
    connection_ = connection;
    limits_ = limits;
    principal_ = std::move(principal);
    if (limits.topic_alias_maximum != 0) aliases_ = std::make_unique<BrokerAliases>(limits.topic_alias_maximum);
    will_due.reset();
    expires.reset();
}

void Session::detach() {
    connection_.reset();
    aliases_.reset();
    in_flight_.restart();
    held_ids.restart();
}

bool Session::send(const Delivery& delivery, wire::PacketId id, bool dup, Output& output, base::SteadyTime now) {
    const StoredMessage& message = *delivery.message;
    const auto own_topic = space_.to_own(message.topic);
    if (!own_topic) return false;
    if (message.is_plain() && !dup && !delivery.retain && delivery.qos != Qos::exactly_once && delivery.identifiers.empty() &&
        takes_plain()) {
        output.send_plain(*connection_, limits_.version, {delivery.qos, id, *own_topic, message.payload});
        return true;
    }
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
    bool gives_alias = aliases_ != nullptr && name_by_alias(*aliases_, packet);
    if (gives_alias && !fits(packet)) {
        packet.properties.topic_alias.reset();
        gives_alias = false;
    }
    // Too large for this client: it is as if it had been received (MQTT 5.0, section 3.1.2.11.4).
    if (!fits(packet)) {
        count_drop(DropReason::too_large);
        return false;
    }
    output.send(*connection_, limits_.version, packet);
    if (gives_alias) aliases_->give(packet.topic);
    return true;
}

void Session::deliver_plain(const wire::PlainPublish& packet, Output& output) {
    if (!connection_) return;
    if (output.is_congested(*connection_)) return count_drop(DropReason::congested);
    output.send_plain(*connection_, limits_.version, packet);
    ++counters_.sent;
}

bool Session::fits(const wire::Publish& packet) const {
    return limits_.maximum_packet_size == SIZE_MAX || wire::encoded_size(packet, limits_.version) <= limits_.maximum_packet_size;
}

void Session::deliver(Delivery delivery, Output& output, base::SteadyTime now) {
    if (delivery.qos == Qos::at_most_once) {
        if (!connection_) return;
        if (output.is_congested(*connection_)) {
            count_drop(DropReason::congested);
        } else if (send(delivery, 0, false, output, now)) {
            ++counters_.sent;
        }
        return;
    }
    bytes_ += delivery.message->bytes();
    if (journal_ != nullptr) delivery.stored_as = journal_->queued(*this, delivery);
    queue_.push_back(std::move(delivery));
    send_waiting(output, now);
    shed();
    account();
}

// The oldest go first: a client that comes back wants to know how things are.
void Session::shed() {
    while (!queue_.empty() && (queue_.size() > keeps_.max_queued || bytes_ > keeps_.max_bytes)) {
        count_drop(queue_.size() > keeps_.max_queued ? DropReason::queue_full : DropReason::bytes_full);
        forget_stored(take_next());
    }
}

Delivery Session::take_next() {
    Delivery next = queue_.pop_front();
    bytes_ -= next.message->bytes();
    return next;
}

void Session::forget_stored(const Delivery& delivery) {
    if (journal_ != nullptr) journal_->erase(delivery);
}

void Session::remove(wire::PacketId id) {
    InFlight::Exchange& exchange = *in_flight_.find(id);
    forget_stored(exchange.delivery);
    if (exchange.delivery.message != nullptr) bytes_ -= exchange.delivery.message->bytes();
    in_flight_.remove(id);
}

void Session::release(InFlight::Exchange& exchange) {
    if (exchange.delivery.message == nullptr) return;
    if (journal_ != nullptr) journal_->released(exchange.delivery);
    bytes_ -= exchange.delivery.message->bytes();
    exchange.release();
}

bool Session::may_publish() const {
    const std::size_t window = std::min({std::size_t{limits_.receive_maximum}, keeps_.max_in_flight, InFlight::max_size});
    return in_flight_.quota_used() < window && in_flight_.size() < InFlight::max_size;
}

void Session::pump(Output& output, base::SteadyTime now) {
    send_waiting(output, now);
    account();
}

void Session::send_waiting(Output& output, base::SteadyTime now) {
    while (connection_ && !output.is_congested(*connection_)) {
        if (const wire::PacketId id = in_flight_.unsent()) {
            // A PUBREL needs no quota (section 4.9), but keeps its place.
            if (in_flight_.find(id)->stage == InFlight::Stage::published && !may_publish()) return;
            send_again(output, now);
        } else if (!queue_.empty() && may_publish()) {
            send_next(output, now);
        } else {
            return;
        }
    }
}

// Also when it has expired meanwhile: its delivery had begun (MQTT 5.0, section 3.3.2.3.3).
void Session::send_again(Output& output, base::SteadyTime now) {
    const wire::PacketId id = in_flight_.unsent();
    InFlight::Exchange& next = *in_flight_.find(id);
    if (next.stage == InFlight::Stage::published && !send(next.delivery, id, true, output, now)) {
        if (next.delivery.qos != Qos::exactly_once) return remove(id);
        // The client may hold the id; without a PUBREL it would take the next message of this id for this one.
        release(next);
    }
    if (next.stage == InFlight::Stage::released) send_pubrel(id, ReasonCode::success, output);
    in_flight_.sent_again();
}

void Session::send_next(Output& output, base::SteadyTime now) {
    Delivery next = take_next();
    if (next.message->has_expired(now)) {
        count_drop(DropReason::expired);
        return forget_stored(next);
    }
    bytes_ += next.message->bytes();
    const wire::PacketId id = in_flight_.add(std::move(next));
    if (journal_ != nullptr) journal_->sent(in_flight_.find(id)->delivery, id);
    if (!send(in_flight_.find(id)->delivery, id, false, output, now)) return remove(id);
    ++counters_.sent;
}

void Session::send_pubrel(wire::PacketId id, ReasonCode reason, Output& output) {
    wire::Pubrel packet;
    packet.packet_id = id;
    packet.reason = reason;
    output.send(*connection_, limits_.version, wire::Packet(packet));
}

void Session::finish(wire::PacketId id, Output& output, base::SteadyTime now) {
    remove(id);
    pump(output, now);
}

bool Session::on_puback(wire::PacketId id, Output& output, base::SteadyTime now) {
    const InFlight::Exchange* exchange = in_flight_.find(id);
    if (exchange == nullptr) return true;
    if (exchange->delivery.qos != Qos::at_least_once) return false;
    finish(id, output, now);
    return true;
}

bool Session::on_pubrec(wire::PacketId id, ReasonCode reason, Output& output, base::SteadyTime now) {
    InFlight::Exchange* exchange = in_flight_.find(id);
    if (exchange == nullptr) {
        // So that the client forgets the id (section 4.3.3).
        if (!is_failure(reason)) send_pubrel(id, ReasonCode::packet_identifier_not_found, output);
        return true;
    }
    if (exchange->delivery.qos != Qos::exactly_once) return false;
    if (is_failure(reason)) {
        if (exchange->stage == InFlight::Stage::released) return false;
        finish(id, output, now);
        return true;
    }
    release(*exchange);
    send_pubrel(id, ReasonCode::success, output);
    return true;
}

bool Session::on_pubcomp(wire::PacketId id, Output& output, base::SteadyTime now) {
    const InFlight::Exchange* exchange = in_flight_.find(id);
    if (exchange == nullptr) return true;
    if (exchange->stage != InFlight::Stage::released) return false;
    finish(id, output, now);
    return true;
}

}  // namespace muster::testbroker::core

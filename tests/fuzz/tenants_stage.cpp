// SPDX-License-Identifier: Apache-2.0
// Eight clients on a broker core: marking what they send, checking what they get.
#include "tenants_stage.hpp"

#include "wire/decode.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::fuzz {
namespace {

struct Peer {
    const char* common_name;  // Empty: no certificate; what its CONNECT says decides.
    const char* tenant;
    Mark mark;
};
// Two have the same name, to take each other's sessions over.
constexpr std::array<Peer, TenantsStage::slots> peers{{{"press-1", "acme", Mark::acme_press_1},
                                                       {"press-2", "acme", Mark::acme_press_2},
                                                       {"", "", Mark::nobody},
                                                       {"press-1", "other", Mark::other_press_1},
                                                       {"", "", Mark::nobody},
                                                       {"press-1", "flat", Mark::flat},
                                                       {"", "", Mark::nobody},
                                                       {"press-1", "acme", Mark::acme_press_1}}};

Mark mark_of_user(std::string_view user) {
    const auto tenant = user.substr(0, user.find('/'));
    if (tenant == "acme") return Mark::acme_applications;
    if (tenant == "other") return Mark::other_applications;
    return tenant == "flat" ? Mark::flat : Mark::nobody;
}

// An isolated device sees what it sent itself and what its tenant's applications sent it; an application all of its tenant.
std::string_view senders_for(Mark receiver) {
    switch (receiver) {
        case Mark::acme_press_1:
            return "1A";
        case Mark::acme_press_2:
            return "2A";
        case Mark::acme_applications:
            return "12A";
        case Mark::other_press_1:
        case Mark::other_applications:
            return "3B";
        case Mark::flat:
            return "F";
        case Mark::nobody:
            break;
    }
    return "";
}

// `part` is a view of `bytes`.
void paint(std::string& bytes, std::string_view part, Mark mark) {
    if (part.empty()) return;
    const auto from = part.data() - bytes.data();
    std::fill_n(bytes.begin() + from, part.size(), static_cast<char>(mark));
}

}  // namespace

TenantsStage::Slot* TenantsStage::find(core::ConnectionId id) {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [id](const Slot& slot) { return slot.id == id; });
    return found == slots_.end() ? nullptr : &*found;
}

const TenantsStage::Slot* TenantsStage::find(core::ConnectionId id) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [id](const Slot& slot) { return slot.id == id; });
    return found == slots_.end() ? nullptr : &*found;
}

void TenantsStage::open(std::size_t index) {
    Slot& slot = slots_.at(index);
    if (slot.id != 0) return;
    const Peer& peer = peers.at(index);
    slot = {++last_id_, peer.mark};
    tenancy::PeerIdentity identity;
    if (*peer.common_name != '\0') identity.certificate = {peer.common_name, peer.tenant, base::WallTime::max()};
    core_.connection_opened(slot.id, std::move(identity), clock_.now());
}

void TenantsStage::frame(std::size_t index, const wire::Frame& frame, std::string bytes) {
    open(index);
    Slot& slot = slots_.at(index);
    const auto version = core_.version_of(slot.id);
    const auto own = wire::next_frame(bytes, SIZE_MAX);
    const auto& own_frame = std::get<wire::Frame>(own);
    promise(own_frame.total_size == frame.total_size, "a frame is found alike in its copy");
    auto decoded = wire::decode(own_frame, version);
    auto* packet = std::get_if<wire::Packet>(&decoded);
    auto* connect = packet == nullptr ? nullptr : std::get_if<wire::Connect>(packet);
    if (!slot.has_greeted) {
        // As the network does: nothing but a whole CONNECT comes through.
        if (packet == nullptr) return core_.malformed(slot.id, std::get<wire::DecodeError>(decoded), clock_.now());
        if (connect != nullptr) return greet(index, *connect, bytes);
        return core_.malformed(slot.id, {wire::ReasonCode::protocol_error, "the first packet is no CONNECT"}, clock_.now());
    }
    if (const auto* publish = packet == nullptr ? nullptr : std::get_if<wire::Publish>(packet)) {
        paint(bytes, publish->payload, slot.mark);
        if (publish->properties.correlation_data) paint(bytes, *publish->properties.correlation_data, slot.mark);
    }
    core_.frame(slot.id, own_frame, clock_.now());
}

void TenantsStage::greet(std::size_t index, wire::Connect& connect, std::string& bytes) {
    Slot& slot = slots_.at(index);
    slot.has_greeted = true;
    const Peer& peer = peers.at(index);
    if (*peer.common_name == '\0') slot.mark = mark_of_user(connect.username.value_or(""));
    if (connect.will) {
        paint(bytes, connect.will->payload, slot.mark);
        if (connect.will->properties.correlation_data) paint(bytes, *connect.will->properties.correlation_data, slot.mark);
    }
    std::optional<tenancy::PeerCertificate> certificate;
    if (*peer.common_name != '\0') certificate = {peer.common_name, peer.tenant, base::WallTime::max()};
    core_.judged(slot.id, connect, admission_.admit(connect, {certificate}), clock_.now());
}

void TenantsStage::malformed(std::size_t index, const wire::DecodeError& error) {
    open(index);
    core_.malformed(slots_.at(index).id, error, clock_.now());
}

void TenantsStage::lost(std::size_t index) {
    // The core closes it.
    if (slots_.at(index).id != 0) core_.connection_lost(slots_.at(index).id, clock_.now());
}

void TenantsStage::congest(std::size_t index) {
    Slot& slot = slots_.at(index);
    if (slot.id == 0) return;
    slot.is_congested = !slot.is_congested;
    if (!slot.is_congested) core_.writable(slot.id, clock_.now());
}

void TenantsStage::kick(std::size_t index) {
    const Slot& slot = slots_.at(index);
    if (slot.id == 0) return;
    const auto client = core_.client_of(slot.id);
    const std::string tenant(client.tenant);
    const std::string client_id(client.client_id);
    core_.kick(tenant, client_id, wire::ReasonCode::administrative_action, "a test", clock_.now());
}

void TenantsStage::advance(std::chrono::milliseconds time) {
    clock_.advance(time);
    core_.tick(clock_.now());
}

void TenantsStage::send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) {
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) return send(id, version, *publish);
    promise(find(id) != nullptr, "nothing is sent to a connection that is closed");
    std::string bytes;
    wire::encode(packet, version, bytes);
    const auto next = wire::next_frame(bytes, SIZE_MAX);
    promise(std::holds_alternative<wire::Packet>(wire::decode(std::get<wire::Frame>(next), version)), "what is sent is a packet");
}

void TenantsStage::send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) {
    const Slot* slot = find(id);
    promise(slot != nullptr, "nothing is sent to a connection that is closed");
    std::string bytes;
    wire::encode(packet, version, bytes);
    const auto next = wire::next_frame(bytes, SIZE_MAX);
    promise(std::holds_alternative<wire::Packet>(wire::decode(std::get<wire::Frame>(next), version)), "what is sent is a packet");
    const auto senders = senders_for(slot->mark);
    const auto is_from_them = [senders](std::string_view marked) { return marked.find_first_not_of(senders) == std::string_view::npos; };
    promise(is_from_them(packet.payload), "a payload goes to nobody outside of its sender's space");
    promise(is_from_them(packet.properties.correlation_data.value_or("")), "correlation data goes to nobody outside of its sender's space");
}

void TenantsStage::close(core::ConnectionId id) {
    Slot* slot = find(id);
    promise(slot != nullptr, "a connection is closed once");
    *slot = {};
}

bool TenantsStage::is_congested(core::ConnectionId id) const {
    const Slot* slot = find(id);
    return slot != nullptr && slot->is_congested;
}

}  // namespace muster::fuzz

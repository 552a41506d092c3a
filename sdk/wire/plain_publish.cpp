// SPDX-License-Identifier: Apache-2.0
// A PUBLISH as most devices send it, without the work that the others need.
#include "wire/plain_publish.hpp"

#include <array>

namespace muster::wire {
namespace {

constexpr std::size_t id_bytes = 2;

unsigned byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

unsigned two_at(std::string_view bytes, std::size_t index) {
    return byte_at(bytes, index) << 8U | byte_at(bytes, index + 1);
}

// How many bytes the fixed header of a body of this size has at least.
std::size_t header_size(std::size_t body) {
    std::size_t size = 2;
    for (; body > 127; body >>= 7U) ++size;
    return size;
}

}  // namespace

std::optional<PlainPublish> read_plain_publish(const Frame& frame, Version version) noexcept {
    constexpr unsigned qos_bits = 6;
    constexpr unsigned dup_and_retain = 9;
    std::string_view body = frame.body;
    if (frame.type != PacketType::publish || (frame.flags & dup_and_retain) != 0 || body.size() < 2) return std::nullopt;
    PlainPublish packet;
    packet.qos = static_cast<Qos>((frame.flags & qos_bits) >> 1U);
    const std::size_t topic_size = two_at(body, 0);
    const bool has_id = packet.qos == Qos::at_least_once;
    const std::size_t before_payload = 2 + topic_size + (has_id ? id_bytes : 0) + (version == Version::v5 ? 1 : 0);
    const bool is_plain = (has_id || packet.qos == Qos::at_most_once) && topic_size != 0 && body.size() >= before_payload &&
                          frame.total_size - body.size() == header_size(body.size());
    if (!is_plain) return std::nullopt;
    packet.topic = body.substr(2, topic_size);
    if (has_id) {
        packet.packet_id = static_cast<PacketId>(two_at(body, 2 + topic_size));
        if (packet.packet_id == 0) return std::nullopt;
    }
    if (version == Version::v5 && byte_at(body, before_payload - 1) != 0) return std::nullopt;
    packet.payload = body.substr(before_payload);
    return packet;
}

void encode(const PlainPublish& packet, Version version, std::string& out) {
    const bool has_id = packet.qos != Qos::at_most_once;
    std::size_t rest = 2 + packet.topic.size() + (has_id ? id_bytes : 0) + (version == Version::v5 ? 1 : 0) + packet.payload.size();
    std::array<char, 8> head{};
    std::size_t size = 0;
    const auto put = [&](unsigned value) { head[size++] = static_cast<char>(value & 255U); };
    put(static_cast<unsigned>(PacketType::publish) << 4U | static_cast<unsigned>(packet.qos) << 1U);
    for (; rest > 127; rest >>= 7U) put(static_cast<unsigned>(rest) | 128U);
    put(static_cast<unsigned>(rest));
    put(static_cast<unsigned>(packet.topic.size() >> 8U));
    put(static_cast<unsigned>(packet.topic.size()));
    out.append(head.data(), size).append(packet.topic);
    size = 0;
    if (has_id) {
        put(packet.packet_id >> 8U);
        put(packet.packet_id);
    }
    if (version == Version::v5) put(0);
    out.append(head.data(), size).append(packet.payload);
}

PacketId read_plain_puback(const Frame& frame) noexcept {
    const bool is_plain = frame.type == PacketType::puback && frame.body.size() == id_bytes && frame.total_size == 2 + id_bytes;
    return is_plain ? static_cast<PacketId>(two_at(frame.body, 0)) : PacketId{0};
}

void encode_puback(PacketId packet_id, ReasonCode reason, Version version, std::string& out) {
    const bool has_reason = version == Version::v5 && reason != ReasonCode::success;
    const std::array<char, 5> bytes{static_cast<char>(static_cast<unsigned>(PacketType::puback) << 4U),
                                    static_cast<char>(has_reason ? 3 : 2), static_cast<char>(packet_id >> 8U),
                                    static_cast<char>(packet_id & 255U), static_cast<char>(reason)};
    out.append(bytes.data(), has_reason ? 5 : 4);
}

}  // namespace muster::wire

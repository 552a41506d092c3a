// SPDX-License-Identifier: Apache-2.0
// Any bytes as MQTT of both versions: what decodes encodes to a packet that is the same, and the short way of plain packets agrees.
#include "check.hpp"
#include "unit/wire/exact.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/plain_publish.hpp"
#include "wire/writer.hpp"

#include <string>

namespace muster::fuzz {
namespace {

using namespace wire;  // NOLINT(google-build-using-namespace)
using test::Exact;

constexpr std::size_t max_packet = 256U << 10U;

// Of these, what says nothing may be left out (MQTT 5.0, sections 3.4.2.1, 3.14.2.1 and 3.15.2.1).
bool may_get_shorter(PacketType type) {
    const bool is_acknowledgement = type >= PacketType::puback && type <= PacketType::pubcomp;
    return is_acknowledgement || type == PacketType::disconnect || type == PacketType::auth;
}

// The first packet of whole, valid bytes.
Packet decoded_again(std::string_view bytes, Version version) {
    const auto next = next_frame(bytes, max_packet);
    promise(std::holds_alternative<Frame>(next), "what was encoded is one frame");
    const Frame& frame = *std::get_if<Frame>(&next);
    promise(frame.total_size == bytes.size(), "what was encoded is one frame and nothing else");
    auto decoded = decode(frame, version);
    promise(std::holds_alternative<Packet>(decoded), "what was encoded decodes");
    return *std::get_if<Packet>(&decoded);
}

void check_round_trip(const Frame& frame, const Packet& packet, Version version) {
    promise(packet.index() + 1 == static_cast<std::size_t>(frame.type), "the packet is of its frame's type");
    std::string text;
    encode(packet, version, text);
    promise(text.size() == encoded_size(packet, version), "the size that was promised is the size");
    const Exact bytes(text);
    const Packet again = decoded_again(bytes.view(), version);
    std::string text_again;
    encode(again, version, text_again);
    promise(text_again == text, "a packet that was decoded again encodes to the same bytes");
    const auto next = next_frame(bytes.view(), max_packet);
    const std::size_t body = std::get_if<Frame>(&next)->body.size();
    promise(may_get_shorter(frame.type) ? body <= frame.body.size() : body == frame.body.size(), "no part of a packet is lost or added");
}

// PUBLISH and PUBACK have a way of their own in the broker; both ways must see the same.
void check_plain_publish(const Frame& frame, const Decoded& decoded, Version version) {
    const auto plain = read_plain_publish(frame, version);
    const auto* packet = std::get_if<Packet>(&decoded);
    const auto* publish = packet == nullptr ? nullptr : std::get_if<Publish>(packet);
    if (!plain) {
        const bool is_plain = publish != nullptr && !publish->dup && !publish->retain && publish->qos != Qos::exactly_once &&
                              size_of(PropertyPlace::publish, publish->properties) == 0;
        const bool is_shortest = frame.total_size - frame.body.size() == 1 + variable_size(frame.body.size());
        return promise(!is_plain || !is_shortest, "a plain PUBLISH is read as one");
    }
    const bool is_topic = is_text(plain->topic) && is_topic_name(plain->topic);
    promise((publish != nullptr) == is_topic, "of a plain PUBLISH, only the topic is left to check");
    if (publish == nullptr) return;
    promise(!publish->dup && !publish->retain && size_of(PropertyPlace::publish, publish->properties) == 0,
            "what is read as plain is plain");
    promise(plain->qos == publish->qos && plain->packet_id == publish->packet_id, "QoS and packet id agree");
    promise(plain->topic == publish->topic && plain->payload == publish->payload, "topic and payload agree");
    std::string short_way;
    std::string long_way;
    encode(*plain, version, short_way);
    encode(*publish, version, long_way);
    promise(short_way == long_way, "a plain PUBLISH is encoded alike");
}

void check_plain_puback(const Frame& frame, const Decoded& decoded, Version version) {
    const PacketId id = read_plain_puback(frame);
    if (id == 0) return;
    const auto* packet = std::get_if<Packet>(&decoded);
    const auto* puback = packet == nullptr ? nullptr : std::get_if<Puback>(packet);
    promise(puback != nullptr && puback->packet_id == id && puback->reason == ReasonCode::success, "a plain PUBACK is a PUBACK");
    std::string bytes;
    encode_puback(id, ReasonCode::success, version, bytes);
    promise(std::holds_alternative<Puback>(decoded_again(bytes, version)), "a plain PUBACK that was encoded decodes");
}

void check_frame(const Frame& whole, std::string_view bytes, Version version) {
    // In memory of its own, so that a read beyond the packet is seen also in the middle of the input.
    const Exact exact{std::string(bytes)};
    const auto next = next_frame(exact.view(), max_packet);
    promise(std::holds_alternative<Frame>(next), "a frame does not depend on what comes after it");
    const Frame& frame = *std::get_if<Frame>(&next);
    promise(frame.total_size == whole.total_size && frame.type == whole.type, "a frame is found alike");
    const auto decoded = decode(frame, version);
    if (const auto* packet = std::get_if<Packet>(&decoded)) check_round_trip(frame, *packet, version);
    if (const auto* error = std::get_if<DecodeError>(&decoded))
        promise(error->what[0] != '\0' && is_failure(error->reason), "an error says what is wrong");
    check_plain_publish(frame, decoded, version);
    check_plain_puback(frame, decoded, version);
}

void check_stream(std::string_view rest, Version version) {
    while (true) {
        const auto next = next_frame(rest, max_packet);
        if (const auto* more = std::get_if<NeedMore>(&next)) return promise(more->at_least > 0, "what is missing is more than nothing");
        const auto* frame = std::get_if<Frame>(&next);
        if (frame == nullptr) return;
        promise(frame->total_size <= rest.size() && frame->total_size > frame->body.size(), "a frame lies in its buffer");
        check_frame(*frame, rest.substr(0, frame->total_size), version);
        rest.remove_prefix(frame->total_size);
    }
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = muster::fuzz::view_of(data, size);
    muster::fuzz::check_stream(bytes, muster::wire::Version::v311);
    muster::fuzz::check_stream(bytes, muster::wire::Version::v5);
    return 0;
}

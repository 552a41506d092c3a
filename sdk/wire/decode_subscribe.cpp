// SPDX-License-Identifier: Apache-2.0
// SUBSCRIBE, UNSUBSCRIBE and their answers (MQTT 5.0 and 3.1.1, sections 3.8 to 3.11).
#include "wire/decode_parts.hpp"

#include <algorithm>

namespace muster::wire {
namespace {

std::string_view read_filter(Reader& reader) {
    const std::string_view filter = reader.text();
    if (filter.empty()) reader.fail(ReasonCode::malformed_packet, "an empty topic filter");
    return filter;
}

// In 3.1.1 all bits but the QoS are reserved, and QoS 3 is one more of what is malformed [MQTT-3.8.3-4].
void check_options(Reader& reader, Version version, unsigned options) {
    const bool v5 = version == Version::v5;
    if ((options & (v5 ? 0xC0U : 0xFCU)) != 0) reader.fail(ReasonCode::malformed_packet, "reserved subscription options");
    if ((options & 3U) == 3U) reader.fail(v5 ? ReasonCode::protocol_error : ReasonCode::malformed_packet, "a subscription of QoS 3");
    if ((options & 0x30U) == 0x30U) reader.fail(ReasonCode::protocol_error, "retain handling 3");
}

void read_request(Reader& reader, Version version, SubscriptionRequest& request) {
    request.filter = read_filter(reader);
    const unsigned options = reader.byte();
    check_options(reader, version, options);
    request.qos = static_cast<Qos>(options & 3U);
    request.no_local = (options & 4U) != 0;
    request.retain_as_published = (options & 8U) != 0;
    request.retain_handling = static_cast<std::uint8_t>((options >> 4U) & 3U);
    if (request.no_local && is_shared(request.filter)) {
        reader.fail(ReasonCode::protocol_error, "a shared subscription with no-local");  // [MQTT-3.8.3-4]
    }
}

}  // namespace

void read_subscribe(Reader& reader, Version version, Subscribe& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, PropertyPlace::subscribe, packet.properties);
    if (reader.at_end()) reader.fail(ReasonCode::protocol_error, "SUBSCRIBE without a topic filter");
    while (!reader.at_end()) read_request(reader, version, packet.requests.emplace_back());
}

void read_unsubscribe(Reader& reader, Version version, Unsubscribe& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, PropertyPlace::unsubscribe, packet.properties);
    if (reader.at_end()) reader.fail(ReasonCode::protocol_error, "UNSUBSCRIBE without a topic filter");
    while (!reader.at_end()) packet.filters.push_back(read_filter(reader));
}

void read_suback(Reader& reader, Version version, Suback& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, PropertyPlace::suback, packet.properties);
    if (reader.at_end()) reader.fail(ReasonCode::malformed_packet, "SUBACK without a reason code");
    while (!reader.at_end()) {
        const ReasonCode reason = packet.reasons.emplace_back(read_reason(reader, PacketType::suback));
        // 3.1.1 knows one failure (section 3.9.3).
        if (version == Version::v311 && is_failure(reason) && reason != ReasonCode::unspecified_error)
            reader.fail(ReasonCode::malformed_packet, "a reserved return code");
    }
}

void read_unsuback(Reader& reader, Version version, Unsuback& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v311) return;
    read_properties(reader, PropertyPlace::unsuback, packet.properties);
    if (reader.at_end()) reader.fail(ReasonCode::malformed_packet, "UNSUBACK without a reason code");
    while (!reader.at_end()) packet.reasons.push_back(read_reason(reader, PacketType::unsuback));
}

}  // namespace muster::wire

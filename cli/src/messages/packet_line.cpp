// SPDX-License-Identifier: Apache-2.0
// What the network says is shown so that it stays one line, and that a value is seen to end.
#include "messages/packet_line.hpp"

#include "base/text.hpp"

#include <cstdio>

namespace muster::cli {
namespace {

std::string in_hex(std::uint8_t reason) {
    char text[] = "0x00";
    std::snprintf(text, sizeof text, "0x%02X", static_cast<unsigned>(reason));
    return text;
}

std::string shown(const fleet::MqttField& field) {
    const std::string name = base::printable(field.name);
    if (names_secret(field.name)) return name + "=" + std::string(hidden);
    std::string value = base::printable(field.value);
    if (field.name.empty()) return value;
    const bool needs_quotes = value.empty() || value.find_first_of(" \"") != std::string::npos;
    return name + "=" + (needs_quotes ? "\"" + value + "\"" : value);
}

}  // namespace

void tell(Trace& trace, const fleet::MqttPacket& packet) {
    std::string line(packet.type);
    for (const auto reason : packet.reasons) line += " " + in_hex(reason);
    for (const auto& field : packet.fields) line += " " + shown(field);
    packet.is_sent ? trace.sent(line) : trace.received(line);
}

void tell(Trace& trace, std::string_view client_id, const fleet::MqttPacket& packet) {
    fleet::MqttPacket line = packet;
    line.fields.push_back({"client", std::string(client_id)});
    tell(trace, line);
}

}  // namespace muster::cli

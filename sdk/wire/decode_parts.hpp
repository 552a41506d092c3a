// SPDX-License-Identifier: Apache-2.0
// The parts of decoding that have files of their own. Each fills a packet from its body; failures go to the reader.
#pragma once

#include "wire/packets.hpp"
#include "wire/property.hpp"
#include "wire/reader.hpp"

namespace muster::wire {

/// Length and properties (MQTT 5.0, section 2.2.2).
void read_properties(Reader& reader, PropertyPlace place, Properties& properties);

[[nodiscard]] PacketId read_packet_id(Reader& reader);
[[nodiscard]] ReasonCode read_reason(Reader& reader, PacketType packet);

void read_connect(Reader& reader, Connect& packet);
void read_publish(Reader& reader, unsigned flags, Version version, Publish& packet);
void read_subscribe(Reader& reader, Version version, Subscribe& packet);
void read_suback(Reader& reader, Version version, Suback& packet);
void read_unsubscribe(Reader& reader, Version version, Unsubscribe& packet);
void read_unsuback(Reader& reader, Version version, Unsuback& packet);

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// What a broker says to a client under test.
#pragma once

#include "wire/encode.hpp"

#include <string>
#include <string_view>

namespace muster::test {

/// The bytes of the packets, one behind the other.
template <class... Packets>
std::string said(wire::Version version, const Packets&... packets) {
    std::string bytes;
    (wire::encode(packets, version, bytes), ...);
    return bytes;
}

/// A message whose payload is `payload`.
inline wire::Publish publish_of(std::string_view topic, Qos qos, wire::PacketId packet_id = 0) {
    wire::Publish publish;
    publish.topic = topic;
    publish.payload = "payload";
    publish.qos = qos;
    publish.packet_id = packet_id;
    return publish;
}

}  // namespace muster::test

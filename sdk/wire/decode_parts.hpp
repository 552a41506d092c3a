// SPDX-License-Identifier: Apache-2.0
// The parts of decoding that have files of their own.
#pragma once

#include "wire/packets.hpp"
#include "wire/reader.hpp"

namespace muster::wire {

/// Where a set of properties stands: which of them are allowed differs.
enum class PropertyPlace : std::uint8_t {
    connect,
    will,
    connack,
    publish,
    acknowledgement,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    disconnect,
    auth
};

/// Length and properties (MQTT 5.0, section 2.2.2); failures go to the reader.
void read_properties(Reader& reader, PropertyPlace place, Properties& properties);

void read_connect(Reader& reader, Connect& connect);

}  // namespace muster::wire

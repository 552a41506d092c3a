// SPDX-License-Identifier: Apache-2.0
// How the readings of a QoS class become messages: their encoding, and whether a message is compressed.
#pragma once

#include <cstdint>

namespace muster {

/// How readings become bytes. All three carry the same: times in whole milliseconds, sequences, named doubles.
enum class Encoding : std::uint8_t {
    json,      ///< One reading: an object; several: an array of objects (see reading.hpp). For people and for every backend.
    cbor,      ///< The same structure as CBOR (RFC 8949).
    protobuf,  ///< `muster.telemetry.v1.Batch`, by column (sdk/proto/telemetry.proto): the smallest from a few readings on.
};

/// Whether a payload is made smaller. No encoding of readings begins as gzip does, so that decoders tell both apart by the first two bytes.
enum class Compression : std::uint8_t {
    none,
    gzip,  ///< RFC 1952, where that makes the payload at least an eighth smaller; otherwise it stays as it is.
};

}  // namespace muster

// SPDX-License-Identifier: Apache-2.0
// Readings as the payload of a message, and back: one reading or a batch of them, in one of three encodings.
#pragma once

#include <muster/reading.hpp>
#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// How readings become bytes. All three carry the same: times in whole milliseconds, sequences, named doubles.
enum class Encoding : std::uint8_t {
    json,      ///< One reading: an object; several: an array of objects (see reading.hpp). For people and for every backend.
    cbor,      ///< The same structure as CBOR (RFC 8949).
    protobuf,  ///< `muster.telemetry.v1.Batch`, by column (sdk/proto/telemetry.proto): the smallest from a few readings on.
};

/// Of several values of one name in a reading the last stays; `t` and `seq` are the reading's own, a value of such a name is left out; what
/// is not UTF-8 in a name becomes U+FFFD. A value that is not finite is null in JSON and itself in the other two. Threads: any.
[[nodiscard]] std::string encode_readings(const std::vector<Reading>& readings, Encoding encoding);

/// What `encode_readings` made, also by another version of it; null becomes a NaN. The payload may come from anybody: it fails with
/// Code::invalid_argument, saying which reading and what is wrong with it, or Code::too_large (more than 65,536 readings, or values and
/// names of more than 64 MiB). Threads: any.
Result<std::vector<Reading>> decode_readings(std::string_view payload, Encoding encoding);

}  // namespace muster

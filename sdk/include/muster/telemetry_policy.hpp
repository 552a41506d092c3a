// SPDX-License-Identifier: Apache-2.0
// How the readings of a QoS class become messages: how many of them, what of each, how many together, and as which bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

/// What stands for the readings of one interval.
enum class Keep : std::uint8_t {
    latest,   ///< The last of them, as it is.
    min,      ///< Of every value its smallest, and so on; what is not finite has no part in it.
    max,      ///< Its largest.
    mean,     ///< Its mean.
    summary,  ///< All three, as `<name>.min`, `<name>.max` and `<name>.mean`.
};

/// How many readings of one topic are sent. The first of `Keep::latest` goes at once, and the latest after it when its time has come; the
/// others close a window `interval` after its first reading. What they make has the time and the sequence of the last reading.
struct RatePolicy {
    std::chrono::milliseconds interval{1'000};  ///< One reading per so long, in the long run; 1 ms to 24 h.
    std::uint32_t burst = 1;                    ///< So many may go at once after a quiet time (the depth of a token bucket); 1 to 1,000.
    Keep keep = Keep::latest;                   ///< With any other, `burst` is 1.
};

/// A change that is not worth sending: at most the larger of the two.
struct DeadBand {
    double absolute = 0;  ///< In the value's own unit; 0 or above.
    double relative = 0;  ///< As a part of the value that was sent last; 0 to 1.
};

/// Values are sent when they have changed by more than their band since they were last sent. A reading without such a value is left out,
/// one with some of them is partial. All values go with the first reading, with one in so many, after so long, and when a value is gone.
struct DeltaPolicy {
    DeadBand band;
    std::vector<std::pair<std::string, DeadBand>> bands;  ///< For values of these names, instead of `band`.
    std::uint32_t full_every = 100;                       ///< Readings, counting those that are left out; 1 to 1,000,000.
    std::chrono::milliseconds full_after{600'000};        ///< The first reading so long after the last full one; 1 ms to 24 h.
};

/// Readings of one topic in one message. They wait in the outbox, each as durable as its class asks, and are put together when they are
/// sent. A batch is sent when one of the three bounds is reached.
struct BatchPolicy {
    std::uint32_t max_readings = 100;          ///< 2 to 10,000.
    std::uint32_t max_bytes = 64U << 10U;      ///< Of the readings' payloads, before compression; 256 bytes to 1 MiB.
    std::chrono::milliseconds max_age{1'000};  ///< Since its first reading could have been sent; 1 ms to 24 h.
    Compression compression = Compression::none;
};

}  // namespace muster

// SPDX-License-Identifier: Apache-2.0
// The payload of one reading: Protobuf is written down at once.
#include "payload/encoded_reading.hpp"

#include "payload/encoding.hpp"
#include "payload/protobuf_encoding.hpp"
#include "payload/telemetry_tags.hpp"
#include "payload/values.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace muster::payload {
namespace {

constexpr std::size_t longest_varint = 10;
// Everything of a batch but its columns, and of a column but its name.
constexpr std::size_t batch_bytes = 2 + 2 * (1 + longest_varint) + 4;
constexpr std::size_t column_bytes = 3 + 3 + 2 + longest_varint;

std::size_t varint_bytes(std::uint64_t value) {
    std::size_t bytes = 1;
    for (; value >= 0x80U; value >>= 7U) ++bytes;
    return bytes;
}

// Names of other characters are looked at more closely, and large readings have the time.
bool is_simple(const Reading& reading, std::size_t most_bytes) {
    std::size_t bytes = batch_bytes;
    for (const auto& [name, value] : reading.values) {
        bytes += column_bytes + name.size();
        if (!std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; })) return false;
    }
    return bytes <= most_bytes;
}

}  // namespace

EncodedReading::EncodedReading(const Reading& reading, Encoding encoding) {
    if (encoding != Encoding::protobuf || !is_simple(reading, most_bytes)) {
        large_ = encode_one(reading, encoding);
        payload_ = large_;
        return;
    }
    put(batch_readings);
    put(1);
    // What is 0 is not written.
    if (const auto time = milliseconds_of(reading); time != 0) {
        put(batch_first_time);
        put_varint(zigzag(time));
    }
    if (reading.sequence != 0) {
        put(batch_first_sequence);
        put_varint(reading.sequence);
    }
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (is_encoded(reading, i)) encode_column(reading.values[i].first, reading.values[i].second);
    }
    if (reading.is_partial) {
        put(batch_partial_runs);
        put(one_partial_run);
    }
    payload_ = {small_.data(), size_};
}

void EncodedReading::encode_column(std::string_view name, double value) {
    const bool whole = is_whole(value);
    const std::uint64_t integer = whole ? zigzag(static_cast<std::int64_t>(value)) : 0;
    const std::size_t value_bytes = whole ? varint_bytes(integer) : sizeof(double);
    const std::size_t name_bytes = name.empty() ? 0 : 1 + varint_bytes(name.size()) + name.size();
    put(batch_column);
    put_varint(name_bytes + 2 + value_bytes);
    if (!name.empty()) {
        put(column_name);
        put_varint(name.size());
        put(name);
    }
    put(whole ? column_integer_deltas : column_doubles);
    put_varint(value_bytes);
    if (whole) return put_varint(integer);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    for (unsigned shift = 0; shift < 64; shift += 8) put(static_cast<char>(bits >> shift & 255U));
}

void EncodedReading::put(std::string_view bytes) {
    std::memcpy(small_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

void EncodedReading::put_varint(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) put(static_cast<char>(value | 0x80U));
    put(static_cast<char>(value));
}

}  // namespace muster::payload

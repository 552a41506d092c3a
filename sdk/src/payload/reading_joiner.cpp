// SPDX-License-Identifier: Apache-2.0
// Payloads of one reading each put together to one payload.
#include "payload/reading_joiner.hpp"

#include "payload/protobuf_encoding.hpp"
#include "payload/structured_decoding.hpp"

#include <muster/result.hpp>

#include <utility>

namespace muster::payload {
namespace {

// Whether it can be an element of an array: an array of one reading cannot.
bool is_map(std::string_view payload, Encoding encoding) {
    if (payload.empty()) return false;
    constexpr unsigned map_type = 5;  // CBOR's major type, in the three highest bits.
    return encoding == Encoding::json ? payload.front() == '{' : static_cast<unsigned char>(payload.front()) >> 5U == map_type;
}

bool is_one(const Result<ReadingMessage>& read) {
    return read && read->readings.size() == 1 && read->message_id.empty();
}

// The head of an array (RFC 8949, section 3).
std::string cbor_array_head(std::size_t elements) {
    constexpr unsigned array = 4U << 5U;
    constexpr unsigned length_in_one_byte = 24;
    constexpr unsigned length_in_four_bytes = 26;
    if (elements < length_in_one_byte) return {static_cast<char>(array | elements)};
    const bool is_short = elements < 256;
    std::string head{static_cast<char>(array | (is_short ? length_in_one_byte : length_in_four_bytes))};
    for (unsigned shift = is_short ? 8 : 32; shift != 0;) {
        shift -= 8;
        head += static_cast<char>(elements >> shift & 255U);
    }
    return head;
}

}  // namespace

bool ReadingJoiner::add(std::string_view payload) {
    if (encoding_ == Encoding::protobuf) {
        if (!add_columns(payload)) return false;
    } else {
        if (!is_map(payload, encoding_)) return false;
        const auto read = encoding_ == Encoding::json ? decode_json(payload) : decode_cbor(payload);
        if (!is_one(read)) return false;
        if (encoding_ == Encoding::json && readings_ > 0) text_ += ',';
        text_ += payload;
    }
    ++readings_;
    bytes_ += payload.size();
    return true;
}

// What the device stores is read where it lies; only what it did not write itself is decoded.
bool ReadingJoiner::add_columns(std::string_view payload) {
    if (const auto single = read_single(payload)) {
        columns_.add(*single);
        return true;
    }
    const auto read = decode_protobuf(payload);
    if (!is_one(read)) return false;
    columns_.add(read->readings.front());
    return true;
}

std::string ReadingJoiner::take() {
    MUSTER_REQUIRE(readings_ > 0);
    bytes_ = 0;
    const std::size_t readings = std::exchange(readings_, 0);
    if (encoding_ == Encoding::protobuf) return columns_.take();
    std::string text = std::exchange(text_, {});
    if (readings == 1) return text;
    if (encoding_ == Encoding::json) return "[" + std::move(text) + "]";
    return cbor_array_head(readings) + std::move(text);
}

}  // namespace muster::payload

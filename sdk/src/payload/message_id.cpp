// SPDX-License-Identifier: Apache-2.0
// A message's id inside its payload.
#include "payload/message_id.hpp"

#include "payload/protobuf_encoding.hpp"
#include "payload/structured_decoding.hpp"
#include "payload/values.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace muster::payload {
namespace {

// The head of a CBOR item (RFC 8949, section 3).
struct Head {
    unsigned major = 0;
    bool is_indefinite = false;
    std::uint64_t value = 0;
    std::size_t size = 0;
};

constexpr unsigned array_type = 4;
constexpr unsigned map_type = 5;
constexpr unsigned text_type = 3;
constexpr unsigned in_one_byte = 24;  // The value follows in a byte; 25 in two, 26 in four, 27 in eight.
constexpr unsigned indefinite = 31;

Head read_head(std::string_view cbor, std::size_t at) {
    const unsigned first = static_cast<unsigned char>(cbor[at]);
    Head head{first >> 5U, (first & 31U) == indefinite, first & 31U, 1};
    if (head.is_indefinite || head.value < in_one_byte) return head;
    const std::size_t bytes = std::size_t{1} << (head.value - in_one_byte);
    head.value = 0;
    for (std::size_t i = 0; i < bytes; ++i) head.value = head.value << 8U | static_cast<unsigned char>(cbor[at + 1 + i]);
    head.size += bytes;
    return head;
}

std::string head_of(unsigned major, std::uint64_t value) {
    if (value < in_one_byte) return {static_cast<char>(major << 5U | value)};
    unsigned log = 0;
    while (log < 3 && value >> (8U << log) != 0) ++log;
    std::string head{static_cast<char>(major << 5U | (in_one_byte + log))};
    for (unsigned shift = 8U << log; shift != 0;) {
        shift -= 8;
        head += static_cast<char>(value >> shift & 255U);
    }
    return head;
}

std::string cbor_text(std::string_view text) {
    return head_of(text_type, text.size()).append(text);
}

// Into the map of the first reading. The payload was decoded: its heads are whole.
std::string into_cbor(const std::string& payload, std::string_view message_id) {
    const Head outer = read_head(payload, 0);
    const std::size_t at = outer.major == array_type ? outer.size : 0;
    const Head map = read_head(payload, at);
    std::string with = payload.substr(0, at);
    with += map.is_indefinite ? payload.substr(at, map.size) : head_of(map_type, map.value + 1);
    return with.append(cbor_text(message_id_name)).append(cbor_text(message_id)).append(payload, at + map.size);
}

std::string into_json(std::string payload, std::string_view message_id) {
    std::string member = "\"";
    member.append(message_id_name).append("\":\"").append(message_id).append("\",");
    return payload.insert(payload.find('{') + 1, member);
}

// A field of a message may stand anywhere in it.
std::string into_protobuf(std::string payload, std::string_view message_id) {
    constexpr char tag = 8 << 3 | 2;  // Batch.message_id; its length is one byte below 128.
    MUSTER_REQUIRE(message_id.size() < 128);
    payload += tag;
    payload += static_cast<char>(message_id.size());
    return payload.append(message_id);
}

}  // namespace

std::string with_message_id(std::string payload, Encoding encoding, std::string_view message_id) {
    const auto read = encoding == Encoding::protobuf ? decode_protobuf(payload)
                      : encoding == Encoding::json   ? decode_json(payload)
                                                     : decode_cbor(payload);
    if (!read || read->readings.empty() || !read->message_id.empty()) return payload;
    switch (encoding) {
        case Encoding::json:
            return into_json(std::move(payload), message_id);
        case Encoding::cbor:
            return into_cbor(payload, message_id);
        case Encoding::protobuf:
            return into_protobuf(std::move(payload), message_id);
    }
    return payload;
}

}  // namespace muster::payload

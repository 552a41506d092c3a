// SPDX-License-Identifier: Apache-2.0
// The facade: readings in the encoding that is asked for.
#include "payload/cbor_encoding.hpp"
#include "payload/compression.hpp"
#include "payload/encoding.hpp"
#include "payload/json_encoding.hpp"
#include "payload/protobuf_encoding.hpp"
#include "payload/structured_decoding.hpp"
#include "payload/values.hpp"

#include <muster/telemetry.hpp>

#include <utility>

namespace muster {

namespace {

std::string encode(const std::vector<Reading>& readings, Encoding encoding) {
    switch (encoding) {
        case Encoding::json:
            return readings.size() == 1 ? payload::encode_json(readings.front()) : payload::encode_json(readings);
        case Encoding::cbor:
            return payload::encode_cbor(readings);
        case Encoding::protobuf:
            return payload::encode_protobuf(readings);
    }
    return {};
}

Result<ReadingMessage> decode(std::string_view payload, Encoding encoding) {
    switch (encoding) {
        case Encoding::json:
            return payload::decode_json(payload);
        case Encoding::cbor:
            return payload::decode_cbor(payload);
        case Encoding::protobuf:
            return payload::decode_protobuf(payload);
    }
    return Error{Code::invalid_argument, "there is no such encoding"};
}

}  // namespace

std::string payload::encode_one(const Reading& reading, Encoding encoding) {
    return encoding == Encoding::json ? encode_json(reading) : encode({reading}, encoding);
}

std::string encode_readings(const std::vector<Reading>& readings, Encoding encoding, Compression compression) {
    auto payload = encode(readings, encoding);
    return compression == Compression::gzip ? payload::compressed_if_smaller(std::move(payload)) : payload;
}

Result<std::vector<Reading>> decode_readings(std::string_view payload, Encoding encoding) {
    auto message = decode_message(payload, encoding);
    if (!message) return std::move(message).error();
    return std::move(message->readings);
}

Result<ReadingMessage> decode_message(std::string_view payload, Encoding encoding) {
    constexpr std::size_t largest = 268'435'455;  // What MQTT carries (MQTT 5.0, section 2.1.4).
    if (payload.size() > largest) return Error{Code::too_large, "a payload of more than 256 MiB"};
    if (!payload::is_compressed(payload)) return decode(payload, encoding);
    const auto decompressed = payload::decompress(payload, payload::max_decoded_bytes);
    if (!decompressed) return decompressed.error();
    return decode(*decompressed, encoding);
}

}  // namespace muster

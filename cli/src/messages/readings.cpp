// SPDX-License-Identifier: Apache-2.0
// Each encoding in turn, where nobody says which.
#include "messages/readings.hpp"

#include <muster/telemetry.hpp>

#include <array>

namespace muster::cli {
namespace {

Result<std::vector<Reading>> decode(const std::string& payload, Decoding decoding) {
    switch (decoding) {
        case Decoding::json:
            return decode_readings(payload, Encoding::json);
        case Decoding::cbor:
            return decode_readings(payload, Encoding::cbor);
        case Decoding::protobuf:
            return decode_readings(payload, Encoding::protobuf);
        default:
            break;
    }
    // A batch of one encoding is none of another: they begin with other bytes.
    for (const Encoding encoding : {Encoding::json, Encoding::cbor, Encoding::protobuf}) {
        auto readings = decode_readings(payload, encoding);
        if (readings) return readings;
    }
    return Error{Code::invalid_argument, "readings in neither JSON, CBOR nor Protobuf"};
}

}  // namespace

Result<std::vector<std::string>> decode_to_json(const std::string& payload, Decoding decoding) {
    const auto readings = decode(payload, decoding);
    if (!readings) return readings.error();
    std::vector<std::string> texts;
    texts.reserve(readings->size());
    for (const auto& reading : *readings) texts.push_back(encode_readings({reading}, Encoding::json));
    return texts;
}

}  // namespace muster::cli

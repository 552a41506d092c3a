// SPDX-License-Identifier: Apache-2.0
// Readings as CBOR.
#include "payload/cbor_encoding.hpp"

#include "payload/values.hpp"

#include <nlohmann/json.hpp>

namespace muster::payload {
namespace {

using Json = nlohmann::ordered_json;

Json document_of(const Reading& reading) {
    Json document = {{"t", milliseconds_of(reading)}, {"seq", reading.sequence}};
    if (reading.is_partial) document["partial"] = true;
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (is_encoded(reading, i)) document[utf8_name(reading.values[i].first)] = reading.values[i].second;
    }
    return document;
}

}  // namespace

std::string encode_cbor(const std::vector<Reading>& readings) {
    Json document = Json::array();
    for (const auto& reading : readings) document.push_back(document_of(reading));
    std::string out;
    Json::to_cbor(readings.size() == 1 ? document.front() : document, out);
    return out;
}

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// A reading as JSON text, written straight into the payload: no document is built for a few numbers.
#include "payload/json_encoding.hpp"

#include "payload/values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace muster::payload {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
    std::array<char, 32> digits{};  // The longest double has 24 characters: -1.7976931348623157e+308.
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_value(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += "null";
    } else if (value == 0 && std::signbit(value)) {
        out += "-0.0";  // Readers take -0 for a whole number, which has no such zero.
    } else {
        append_number(out, value);
    }
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (byte < 0x20) {
        out += "\\u00";
        out += hex[byte >> 4U];
        out += hex[byte & 15U];
    } else {
        out += c;
    }
}

void append_name(std::string& out, std::string_view name) {
    out += '"';
    for (const char c : utf8_name(name)) append_escaped(out, c);
    out += '"';
}

}  // namespace

std::string encode_json(const Reading& reading) {
    std::string out;
    std::size_t names = 0;
    for (const auto& value : reading.values) names += value.first.size();
    out.reserve(64 + names + reading.values.size() * 28);
    out += "{\"t\":";
    append_number(out, milliseconds_of(reading));
    out += ",\"seq\":";
    append_number(out, reading.sequence);
    if (reading.is_partial) out += ",\"partial\":true";
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (!is_encoded(reading, i)) continue;
        const auto& [name, value] = reading.values[i];
        out += ',';
        append_name(out, name);
        out += ':';
        append_value(out, value);
    }
    out += '}';
    return out;
}

std::string encode_json(const std::vector<Reading>& readings) {
    std::string out = "[";
    for (const auto& reading : readings) {
        if (out.size() > 1) out += ',';
        out += encode_json(reading);
    }
    out += ']';
    return out;
}

}  // namespace muster::payload

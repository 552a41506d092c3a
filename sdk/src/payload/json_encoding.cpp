// SPDX-License-Identifier: Apache-2.0
// A reading as JSON text, written straight into the payload: no document is built for a few numbers.
#include "payload/json_encoding.hpp"

#include "base/text.hpp"

#include <algorithm>
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
    if (std::isfinite(value)) return append_number(out, value);
    out += "null";
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
    while (!name.empty()) {
        const std::size_t size = base::utf8_sequence_length(name);
        if (size == 0) {
            out += "\xEF\xBF\xBD";  // U+FFFD: JSON is UTF-8, or the receiver throws all of it away.
        } else if (size == 1) {
            append_escaped(out, name[0]);
        } else {
            out += name.substr(0, size);
        }
        name.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out += '"';
}

using Value = std::pair<std::string, double>;

// Whether a later value bears the same name; readings have few values, so looking is cheaper than an index.
bool is_superseded(const std::vector<Value>& values, std::size_t at) {
    return std::any_of(values.begin() + static_cast<std::ptrdiff_t>(at) + 1, values.end(),
                       [&](const Value& later) { return later.first == values[at].first; });
}

}  // namespace

std::string encode_json(const Reading& reading) {
    std::string out;
    std::size_t names = 0;
    for (const auto& value : reading.values) names += value.first.size();
    out.reserve(64 + names + reading.values.size() * 28);
    out += "{\"t\":";
    append_number(out, std::chrono::duration_cast<std::chrono::milliseconds>(reading.time.time_since_epoch()).count());
    out += ",\"seq\":";
    append_number(out, reading.sequence);
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        const auto& [name, value] = reading.values[i];
        if (name == "t" || name == "seq" || is_superseded(reading.values, i)) continue;
        out += ',';
        append_name(out, name);
        out += ':';
        append_value(out, value);
    }
    out += '}';
    return out;
}

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// A request's target taken apart (RFC 3986).
#include "admin/target.hpp"

#include <utility>

namespace muster::testbroker::admin {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

Result<std::string> decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) return Error{Code::invalid_argument, "the request's target has a wrong percent-encoding"};
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

// Up to the separator; `rest` goes on behind it.
std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
    Target parsed;
    std::string_view path = take_until(target, '?');
    if (!path.empty()) path.remove_prefix(1);  // The slash.
    while (!path.empty()) {
        auto segment = decode(take_until(path, '/'));
        if (!segment) return std::move(segment).error();
        parsed.path.push_back(std::move(*segment));
    }
    while (!target.empty()) {
        std::string_view value = take_until(target, '&');
        auto key = decode(take_until(value, '='));
        if (!key) return std::move(key).error();
        auto decoded = decode(value);
        if (!decoded) return std::move(decoded).error();
        parsed.query[*key] = std::move(*decoded);
    }
    return parsed;
}

}  // namespace muster::testbroker::admin

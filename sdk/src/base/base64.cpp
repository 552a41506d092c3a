// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, section 4).
#include "base/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace muster::base {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) group = (group << 8U) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j) text += j <= count ? alphabet[(group >> (18U - 6U * j)) & 63U] : '=';
    }
    return text;
}

Result<std::string> decode_base64(std::string_view text) {
    std::string bytes;
    std::uint32_t group = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        const auto value = alphabet.find(c);
        if (c == '=') {
            ++padding;
        } else if (value == std::string_view::npos || padding > 0) {
            return Error{Code::corrupt, "the text is not base64"};
        }
        group = (group << 6U) | (c == '=' ? 0U : static_cast<std::uint32_t>(value));
        if (++digits % 4 != 0) continue;
        if (padding > 2) break;
        for (std::size_t j = 0; j + padding < 3; ++j) bytes += static_cast<char>((group >> (16U - 8U * j)) & 255U);
        group = 0;
    }
    if (digits % 4 != 0 || padding > 2) return Error{Code::corrupt, "the base64 text is cut short or wrongly padded"};
    return bytes;
}

}  // namespace muster::base

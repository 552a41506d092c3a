// SPDX-License-Identifier: Apache-2.0
// Client ids as names of files.
#include "simulate/outbox_place.hpp"

#include <charconv>

namespace muster::fleet {
namespace {

constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
constexpr std::string_view digits = "0123456789ABCDEF";

}  // namespace

std::string escaped(std::string_view text, std::string_view also) {
    std::string escaped;
    for (const char letter : text) {
        if (plain.find(letter) != std::string_view::npos || also.find(letter) != std::string_view::npos) {
            escaped += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        escaped += '%';
        escaped += digits[byte >> 4U];
        escaped += digits[byte & 15U];
    }
    return escaped;
}

std::optional<std::string> unescaped(std::string_view text) {
    if (text == "%") return std::string();
    std::string plain_text;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            plain_text += text[at];
            continue;
        }
        unsigned byte = 0;
        const auto hex = text.substr(at + 1, 2);
        const auto [end, failure] = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
        if (hex.size() != 2 || failure != std::errc() || end != hex.data() + hex.size()) return std::nullopt;
        plain_text += static_cast<char>(byte);
        at += 2;
    }
    return plain_text;
}

std::filesystem::path outbox_place(const std::filesystem::path& directory, std::string_view client_id) {
    return (directory / (escaped(client_id) + outbox_suffix)).lexically_normal();
}

}  // namespace muster::fleet

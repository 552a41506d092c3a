// SPDX-License-Identifier: Apache-2.0
// Text from outside, checked and made fit to be shown.
#include "base/text.hpp"

namespace muster::base {
namespace {

// Code points of two and more bytes that a terminal or a log viewer obeys instead of showing: C1 controls, zero-width characters,
// line and paragraph separators, changes of direction, the byte order mark.
bool is_hidden(std::string_view sequence) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
    if (sequence.size() == 2) return byte(0) == 0xC2U && byte(1) < 0xA0U;
    if (sequence.size() != 3) return false;
    if (byte(0) == 0xEFU) return byte(1) == 0xBBU && byte(2) == 0xBFU;
    if (byte(0) != 0xE2U) return false;
    if (byte(1) == 0x80U) return (byte(2) >= 0x8BU && byte(2) <= 0x8FU) || (byte(2) >= 0xA8U && byte(2) <= 0xAEU);
    return byte(1) == 0x81U && byte(2) >= 0xA0U && byte(2) <= 0xAFU;
}

void append_escaped(std::string& shown, std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        shown += "\\x";
        shown += digits[byte >> 4U];
        shown += digits[byte & 15U];
    }
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    if (text.empty()) return 0;
    const unsigned first = byte(0);
    if (first < 0x80U) return 1;
    if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
    if (first >= 0xE0U && first <= 0xEFU) {
        const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
        const bool surrogate = first == 0xEDU && byte(1) > 0x9FU;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const bool overlong = first == 0xF0U && byte(1) < 0x90U;
        const bool beyond = first == 0xF4U && byte(1) > 0x8FU;
        return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    std::string shown;
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
        const bool is_control = sequence.size() == 1 && (static_cast<unsigned char>(sequence[0]) < 0x20U || sequence[0] == 0x7F);
        std::string next;
        if (length == 0 || is_control || is_hidden(sequence)) {
            append_escaped(next, sequence);
        } else {
            next = sequence;
        }
        if (shown.size() + next.size() > max_bytes) return shown + "...";
        shown += next;
        text.remove_prefix(sequence.size());
    }
    return shown;
}

}  // namespace muster::base

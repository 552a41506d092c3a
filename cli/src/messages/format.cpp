// SPDX-License-Identifier: Apache-2.0
// Format strings taken apart, and filled.
#include "messages/format.hpp"

#include "messages/format_values.hpp"

#include <array>
#include <utility>

namespace muster::cli {
namespace {

constexpr std::size_t most_width = 10'000;
constexpr std::array<std::pair<char, char>, 8> escapes{
    {{'\\', '\\'}, {'0', '\0'}, {'a', '\a'}, {'e', '\x1b'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', '\v'}}};

Error refuse(const std::string& why) {
    return {Code::invalid_argument, "--format: " + why,
            "muster sub --help has an example; %% is a percent sign, @@ an at sign, \\\\ a backslash"};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t take_number(const std::string& text, std::size_t& at) {
    std::size_t number = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) {
        if (number <= most_width) number = number * 10 + static_cast<std::size_t>(text[at] - '0');
    }
    return number;
}

}  // namespace

void MessageFormat::add_text(char character) {
    if (pieces_.empty() || pieces_.back().kind != 0) pieces_.emplace_back();
    pieces_.back().text += character;
}

// [-][0][WIDTH][.MOST]LETTER, or %.
Result<void> MessageFormat::add_percent(const std::string& text, std::size_t& at) {
    Piece piece;
    for (; at < text.size() && (text[at] == '-' || text[at] == '0'); ++at) (text[at] == '-' ? piece.is_left : piece.has_zeros) = true;
    piece.width = take_number(text, at);
    if (at < text.size() && text[at] == '.') piece.most = take_number(text, ++at);
    if (piece.width > most_width || piece.most.value_or(0) > most_width) return refuse("a width above 10000");
    if (at == text.size()) return refuse("nothing stands behind the last %");
    const char letter = text[at++];
    if (letter == '%') {
        add_text('%');
        return {};
    }
    if (!is_value(letter)) return refuse(std::string("there is no %") + letter);
    piece.kind = letter;
    pieces_.push_back(std::move(piece));
    return {};
}

Result<void> MessageFormat::add_escape(const std::string& text, std::size_t& at) {
    if (at == text.size()) return refuse("nothing stands behind the last \\");
    for (const auto& [letter, character] : escapes) {
        if (letter != text[at]) continue;
        add_text(character);
        ++at;
        return {};
    }
    return refuse(std::string("there is no \\") + text[at]);
}

Result<MessageFormat> MessageFormat::parse(const std::string& text) {
    MessageFormat format;
    for (std::size_t at = 0; at < text.size();) {
        const char character = text[at++];
        if (character == '%') {
            if (auto added = format.add_percent(text, at); !added) return added.error();
        } else if (character == '\\') {
            if (auto added = format.add_escape(text, at); !added) return added.error();
        } else if (character == '@') {
            if (at == text.size()) return refuse("nothing stands behind the last @");
            Piece piece;
            piece.kind = text[at++];
            piece.is_time = true;
            if (piece.kind == '@')
                format.add_text('@');
            else
                format.pieces_.push_back(std::move(piece));
        } else {
            format.add_text(character);
        }
    }
    return format;
}

std::string MessageFormat::padded(const Piece& piece, std::string value) {
    const bool is_cut = piece.kind == 't' || piece.kind == 'C' || piece.kind == 'R' || piece.kind == 'I';
    if (piece.most && is_cut && value.size() > *piece.most) value.resize(*piece.most);
    // A response topic that is not there takes no room in mosquitto_sub, where all else does.
    if (value.size() >= piece.width || (piece.kind == 'R' && value.empty())) return value;
    const std::size_t missing = piece.width - value.size();
    if (piece.is_left) return value + std::string(missing, ' ');
    return std::string(missing, piece.has_zeros && is_padded_with_zeros(piece.kind) ? '0' : ' ') + value;
}

Result<std::string> MessageFormat::print(const fleet::MqttMessage& message, std::chrono::system_clock::time_point received) const {
    std::string text;
    for (const Piece& piece : pieces_) {
        if (piece.kind == 0) {
            text += piece.text;
        } else if (piece.is_time) {
            text += time_text(received, piece.kind);
        } else {
            auto value = value_of(piece.kind, message, received);
            if (!value) return value;
            text += padded(piece, std::move(*value));
        }
    }
    return text;
}

}  // namespace muster::cli

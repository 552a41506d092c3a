// SPDX-License-Identifier: Apache-2.0
// What a server that reads frames of RFC 6455 hands on as MQTT, said plainly and slowly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fuzz {

/// The payloads of a client's binary messages, up to the first thing that a server does not take.
struct HandedOn {
    std::string bytes;
    bool is_whole = false;  ///< Nothing was wrong, so that all of it is handed on; otherwise a part may be.
};

class WebSocketModel {
public:
    explicit WebSocketModel(std::size_t max_message) : max_message_(max_message) {}

    [[nodiscard]] HandedOn read(std::string_view frames) {
        HandedOn got;
        got.is_whole = true;
        while (got.is_whole && take_head(frames, got)) take_payload(frames, got);
        return got;
    }

private:
    enum Opcode : unsigned { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
    static constexpr std::size_t max_control = 125;
    static constexpr std::size_t mask_size = 4;

    static std::uint64_t number(std::string_view bytes) {
        std::uint64_t value = 0;
        for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
        return value;
    }

    // False at the end of what has come, or if the head is wrong.
    bool take_head(std::string_view& rest, HandedOn& got) {
        if (rest.size() < 2) return false;
        const auto first = static_cast<unsigned char>(rest[0]);
        const auto second = static_cast<unsigned char>(rest[1]);
        opcode_ = first & 0x0FU;
        is_final_ = (first & 0x80U) != 0;
        const unsigned short_length = second & 0x7FU;
        const std::size_t length_size = short_length == 126 ? 2 : (short_length == 127 ? 8 : 0);
        got.is_whole = (first & 0x70U) == 0 && (second & 0x80U) != 0 && is_allowed(short_length);
        if (!got.is_whole || rest.size() < 2 + length_size + mask_size) return false;
        length_ = length_size == 0 ? short_length : number(rest.substr(2, length_size));
        // The shortest form that holds it.
        if ((length_size == 2 && length_ < 126) || (length_size == 8 && (length_ < 65'536 || length_ >> 63U != 0))) got.is_whole = false;
        if (!is_control() && (length_ > max_message_ || message_size_ + length_ > max_message_)) got.is_whole = false;
        mask_ = std::string(rest.substr(2 + length_size, mask_size));
        rest.remove_prefix(2 + length_size + mask_size);
        return got.is_whole;
    }

    [[nodiscard]] bool is_control() const { return opcode_ >= close; }

    [[nodiscard]] bool is_allowed(unsigned short_length) const {
        if (is_control()) return opcode_ <= pong && is_final_ && short_length <= max_control;
        return opcode_ == continuation ? is_in_message_ : opcode_ <= binary && !is_in_message_;
    }

    void take_payload(std::string_view& rest, HandedOn& got) {
        std::string payload(rest.substr(0, length_));
        for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask_[i % mask_size]);
        rest.remove_prefix(payload.size());
        // After a close nothing is read any more; a text ends the connection, at its first byte if it has one.
        if (opcode_ == close || opcode_ == text) got.is_whole = false;
        if (is_control() || !got.is_whole) return;
        got.bytes += payload;
        message_size_ = is_final_ ? 0 : message_size_ + length_;
        is_in_message_ = !is_final_;
    }

    std::size_t max_message_;
    unsigned opcode_ = 0;
    bool is_final_ = false;
    bool is_in_message_ = false;
    std::uint64_t length_ = 0;
    std::uint64_t message_size_ = 0;
    std::string mask_;
};

}  // namespace muster::fuzz

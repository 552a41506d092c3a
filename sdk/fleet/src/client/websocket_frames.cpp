// SPDX-License-Identifier: Apache-2.0
// Frames of at most 256 MiB, which is all that MQTT needs.
#include "client/websocket_frames.hpp"

#include <array>
#include <optional>

namespace muster::fleet {
namespace {

enum Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };

constexpr unsigned final_bit = 0x80;
constexpr unsigned reserved_bits = 0x70;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned control_bit = 0x08;
constexpr unsigned mask_bit = 0x80;
constexpr unsigned short_length = 126;
constexpr unsigned long_length = 127;
constexpr std::uint64_t max_frame_bytes = 268'435'460;

void append_frame(Opcode opcode, std::string_view bytes, std::uint32_t mask, std::string& out) {
    out += static_cast<char>(final_bit | opcode);
    const std::uint64_t size = bytes.size();
    const unsigned extra = size < short_length ? 0 : size <= 0xFFFF ? 2 : 8;
    out += static_cast<char>(mask_bit | (extra == 0 ? static_cast<unsigned>(size) : extra == 2 ? short_length : long_length));
    for (unsigned i = extra; i > 0; --i) out += static_cast<char>(size >> (8 * (i - 1)));
    std::array<char, 4> key{};
    for (unsigned i = 0; i < key.size(); ++i) key[i] = static_cast<char>(mask >> (8 * (3 - i)));
    out.append(key.data(), key.size());
    const std::size_t begin = out.size();
    out += bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) out[begin + i] = static_cast<char>(out[begin + i] ^ key[i % key.size()]);
}

struct Frame {
    unsigned opcode = 0;
    std::string_view bytes;
    std::size_t total = 0;
};

// RFC 6455, sections 5.2 and 5.5.
Result<void> check_head(unsigned first, unsigned second) {
    const unsigned opcode = first & opcode_bits;
    if ((first & reserved_bits) != 0 || (opcode > binary && opcode < closing) || opcode > pong)
        return Error{Code::corrupt, "the server sent a WebSocket frame of no known kind"};
    if ((second & mask_bit) != 0) return Error{Code::corrupt, "the server's WebSocket frames are masked"};
    const bool is_short = (first & final_bit) != 0 && (second & ~mask_bit) < short_length;
    if ((opcode & control_bit) != 0 && !is_short) return Error{Code::corrupt, "the server sent a WebSocket control frame that is too long"};
    return {};
}

Result<std::optional<Frame>> next_frame(std::string_view in) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(in[i])); };
    if (in.size() < 2) return std::optional<Frame>();
    if (auto good = check_head(byte(0), byte(1)); !good) return std::move(good).error();
    const unsigned length = byte(1) & ~mask_bit;
    const std::size_t extra = length == short_length ? 2 : length == long_length ? 8 : 0;
    if (in.size() < 2 + extra) return std::optional<Frame>();
    std::uint64_t size = extra == 0 ? length : 0;
    for (std::size_t i = 0; i < extra; ++i) size = size << 8U | byte(2 + i);
    if (size > max_frame_bytes) return Error{Code::corrupt, "the server's WebSocket frame is larger than an MQTT packet"};
    if (in.size() < 2 + extra + size) return std::optional<Frame>();
    return std::optional<Frame>(Frame{byte(0) & opcode_bits, in.substr(2 + extra, size), 2 + extra + static_cast<std::size_t>(size)});
}

std::string reason_of(std::string_view bytes) {
    if (bytes.size() < 2) return "";
    const auto code = static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) << 8U | static_cast<unsigned char>(bytes[1]);
    return " (" + std::to_string(code) + ")";
}

}  // namespace

void append_websocket_frame(std::string_view bytes, std::uint32_t mask, std::string& out) {
    append_frame(binary, bytes, mask, out);
}

Result<void> read_websocket_frames(std::string& in, std::string& bytes, std::string& out) {
    std::size_t read = 0;
    for (;;) {
        const auto next = next_frame(std::string_view(in).substr(read));
        if (!next) return next.error();
        if (!*next) break;
        const Frame& frame = **next;
        if (frame.opcode == text) return Error{Code::corrupt, "the server sent text over WebSocket"};
        if (frame.opcode == closing) return Error{Code::unreachable, "the server closed the WebSocket" + reason_of(frame.bytes)};
        if (frame.opcode == binary || frame.opcode == continuation) bytes += frame.bytes;
        if (frame.opcode == ping) append_frame(pong, frame.bytes, 0, out);
        read += frame.total;
    }
    in.erase(0, read);
    return {};
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Frames of at most 256 MiB, which is all that MQTT needs; what they carry is handed on as it comes.
#include "transport/websocket_frames.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace muster::transport {
namespace {

enum Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };

constexpr unsigned final_bit = 0x80;
constexpr unsigned reserved_bits = 0x70;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned control_bit = 0x08;
constexpr unsigned mask_bit = 0x80;
constexpr unsigned short_length = 126;
constexpr unsigned long_length = 127;
constexpr std::size_t mask_bytes = 4;
constexpr std::uint64_t max_frame_bytes = 268'435'460;

// Eight bytes at a time: a load masks every byte that it sends.
void apply_mask(const std::array<char, 8>& key, char* bytes, std::size_t size) {
    std::uint64_t wide_key = 0;
    std::memcpy(&wide_key, key.data(), sizeof wide_key);
    std::size_t i = 0;
    for (; i + sizeof wide_key <= size; i += sizeof wide_key) {
        std::uint64_t wide = 0;
        std::memcpy(&wide, bytes + i, sizeof wide);
        wide ^= wide_key;
        std::memcpy(bytes + i, &wide, sizeof wide);
    }
    for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ key[i % key.size()]);
}

void append_frame(Opcode opcode, std::string_view bytes, std::uint32_t mask, std::string& out) {
    out += static_cast<char>(final_bit | opcode);
    const std::uint64_t size = bytes.size();
    const unsigned extra = size < short_length ? 0 : size <= 0xFFFF ? 2 : 8;
    out += static_cast<char>(mask_bit | (extra == 0 ? static_cast<unsigned>(size) : extra == 2 ? short_length : long_length));
    for (unsigned i = extra; i > 0; --i) out += static_cast<char>(size >> (8 * (i - 1)));
    std::array<char, 8> key{};
    for (unsigned i = 0; i < key.size(); ++i) key[i] = static_cast<char>(mask >> (8 * (3 - i % mask_bytes)));
    out.append(key.data(), mask_bytes);
    const std::size_t begin = out.size();
    out += bytes;
    apply_mask(key, out.data() + begin, bytes.size());
}

struct Head {
    unsigned opcode = 0;
    bool is_final = false;
    std::size_t size = 0;      // Of the head.
    std::uint64_t length = 0;  // Of what follows it.
};

unsigned byte_of(std::string_view in, std::size_t i) {
    return static_cast<unsigned char>(in[i]);
}

// None: it is not whole.
std::optional<Head> next_head(std::string_view in) {
    const unsigned length = byte_of(in, 1) & ~mask_bit;
    const std::size_t extra = length == short_length ? 2 : length == long_length ? 8 : 0;
    if (in.size() < 2 + extra) return std::nullopt;
    Head head{byte_of(in, 0) & opcode_bits, (byte_of(in, 0) & final_bit) != 0, 2 + extra, extra == 0 ? length : 0};
    for (std::size_t i = 0; i < extra; ++i) head.length = head.length << 8U | byte_of(in, 2 + i);
    return head;
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

// RFC 6455, sections 5.2, 5.4 and 5.5.
Result<void> WebSocketReader::check_head(unsigned first, unsigned second) const {
    const unsigned opcode = first & opcode_bits;
    if ((first & reserved_bits) != 0 || (opcode > binary && opcode < closing) || opcode > pong)
        return Error{Code::corrupt, "the server sent a WebSocket frame of no known kind"};
    if ((second & mask_bit) != 0) return Error{Code::corrupt, "the server's WebSocket frames are masked"};
    const bool is_short = (first & final_bit) != 0 && (second & ~mask_bit) < short_length;
    if ((opcode & control_bit) != 0 && !is_short) return Error{Code::corrupt, "the server sent a WebSocket control frame that is too long"};
    if (opcode == text) return Error{Code::corrupt, "the server sent text over WebSocket"};
    if (opcode == continuation && !is_within_message_)
        return Error{Code::corrupt, "the server goes on with a WebSocket message that it has not begun"};
    if (opcode == binary && is_within_message_) return Error{Code::corrupt, "the server begins a WebSocket message within another one"};
    return {};
}

Result<std::size_t> WebSocketReader::read(std::string_view in, base::Random& masks, std::string& bytes, std::string& out) {
    std::size_t done = 0;
    for (;;) {
        const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - done));
        bytes.append(in.substr(done, here));
        done += here;
        left_ -= here;
        const std::string_view rest = in.substr(done);
        if (rest.size() < 2) return done;
        if (auto good = check_head(byte_of(rest, 0), byte_of(rest, 1)); !good) return std::move(good).error();
        const auto head = next_head(rest);
        if (!head) return done;
        if (head->length > max_frame_bytes) return Error{Code::corrupt, "the server's WebSocket frame is larger than an MQTT packet"};
        if ((head->opcode & control_bit) == 0) {
            is_within_message_ = !head->is_final;
            left_ = head->length;
            done += head->size;
            continue;
        }
        if (rest.size() < head->size + head->length) return done;
        const std::string_view said = rest.substr(head->size, static_cast<std::size_t>(head->length));
        if (head->opcode == closing) return Error{Code::unreachable, "the server closed the WebSocket" + reason_of(said)};
        if (head->opcode == ping) append_frame(pong, said, static_cast<std::uint32_t>(masks.next()), out);
        done += head->size + said.size();
    }
}

}  // namespace muster::transport

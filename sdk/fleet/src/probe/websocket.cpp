// SPDX-License-Identifier: Apache-2.0
// WebSocket's handshake and frames.
#include "probe/websocket.hpp"

#include "base/base64.hpp"

#include <array>
#include <cstdint>
#include <random>

namespace muster::fleet::probe {
namespace {

constexpr std::size_t most_header_bytes = 16'384;
constexpr unsigned final_bit = 0x80;
constexpr unsigned masked_bit = 0x80;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned continuation = 0;
constexpr unsigned binary = 2;
constexpr unsigned closing = 8;
constexpr unsigned ping = 9;
constexpr unsigned pong = 10;
constexpr std::size_t short_length = 125;
constexpr std::size_t length_of_two_bytes = 126;
constexpr std::size_t length_of_eight_bytes = 127;

// It hides nothing: it is there so that proxies do not take a payload for HTTP (section 10.3).
std::array<char, 4> some_mask() {
    std::random_device device;
    const auto bits = device();
    return {static_cast<char>(bits), static_cast<char>(bits >> 8U), static_cast<char>(bits >> 16U), static_cast<char>(bits >> 24U)};
}

std::string frame(unsigned opcode, std::string_view payload) {
    std::string bytes(1, static_cast<char>(final_bit | opcode));
    const std::size_t size = payload.size();
    const unsigned bytes_of_length = size <= short_length ? 0 : size <= 0xFFFF ? 2 : 8;
    const std::size_t first = bytes_of_length == 0 ? size : bytes_of_length == 2 ? length_of_two_bytes : length_of_eight_bytes;
    bytes += static_cast<char>(masked_bit | first);
    for (unsigned i = bytes_of_length; i > 0; --i) bytes += static_cast<char>(static_cast<std::uint64_t>(size) >> (8U * (i - 1)));
    const auto mask = some_mask();
    bytes.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
    return bytes;
}

struct Head {
    unsigned opcode = 0;
    std::size_t size = 0;      // Of the head.
    std::uint64_t length = 0;  // Of the payload.
};

// None: more bytes are needed.
bool read_head(std::string_view raw, Head& head) {
    if (raw.size() < 2) return false;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(raw[i])); };
    head.opcode = static_cast<unsigned>(byte(0)) & opcode_bits;
    head.length = byte(1) & ~std::uint64_t{masked_bit};
    head.size = 2;
    const std::size_t more = head.length == length_of_two_bytes ? 2 : head.length == length_of_eight_bytes ? 8 : 0;
    if (raw.size() < head.size + more) return false;
    if (more > 0) head.length = 0;
    for (std::size_t i = 0; i < more; ++i) head.length = head.length << 8U | byte(head.size + i);
    head.size += more;
    return true;
}

}  // namespace

std::string frame_of(std::string_view payload) {
    return frame(binary, payload);
}

Result<void> upgrade(Channel& channel, const Endpoint& endpoint, Deadline deadline, std::string& rest) {
    std::string key;
    for (int i = 0; i < 4; ++i) {
        const auto part = some_mask();
        key.append(part.data(), part.size());
    }
    const std::string host = endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
    const std::string request = "GET " + endpoint.path + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(endpoint.port) +
                                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + base::encode_base64(key) +
                                "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    if (auto written = channel.write(request, deadline); !written) return written;
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
        if (answer.size() > most_header_bytes) return Error{Code::rejected, "what answers is no HTTP server"};
        auto read = channel.read(deadline);
        if (!read) return std::move(read).error();
        answer += *read;
    }
    const std::string status = answer.substr(0, answer.find("\r\n"));
    if (status.rfind("HTTP/1.1 101", 0) != 0) return Error{Code::rejected, "no WebSocket at " + endpoint.path + ": " + status};
    rest = answer.substr(answer.find("\r\n\r\n") + 4);
    return {};
}

Result<void> take_frames(std::string& raw, std::string& payload, std::string& answer) {
    Head head;
    while (read_head(raw, head)) {
        if (head.length > std::uint64_t{1} << 30U) return Error{Code::corrupt, "a WebSocket frame of more than 1 GiB"};
        if (raw.size() < head.size + head.length) return {};
        const std::string content = raw.substr(head.size, head.length);
        raw.erase(0, head.size + head.length);
        if (head.opcode == closing) return Error{Code::unreachable, "the other side has closed the connection"};
        if (head.opcode == ping) answer += frame(pong, content);
        if (head.opcode == binary || head.opcode == continuation) payload += content;
    }
    return {};
}

}  // namespace muster::fleet::probe

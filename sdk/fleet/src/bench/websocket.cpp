// SPDX-License-Identifier: Apache-2.0
// The client's HTTP and frames, bytes in and bytes out.
#include "bench/websocket.hpp"

#include "client/http_tunnel.hpp"
#include "client/websocket_frames.hpp"

#include <utility>

namespace muster::fleet {
namespace {

// Marsaglia's xorshift: masks keep proxies from taking payloads for HTTP, and a load has no foreign payloads.
std::uint32_t next_mask(std::uint32_t mask) {
    mask ^= mask << 13U;
    mask ^= mask >> 17U;
    return mask ^ mask << 5U;
}

}  // namespace

BenchWebSocket::BenchWebSocket(const base::Endpoint& endpoint, MqttObserver observer, std::uint32_t seed)
    : endpoint_(endpoint), observer_(std::move(observer)), mask_(seed | 1U) {}

void BenchWebSocket::begin() {
    WebSocketRequest request = ask_for_websocket(endpoint_, observer_);
    key_ = std::move(request.key);
    output_ += request.text;
}

Result<bool> BenchWebSocket::hear_answer(std::string_view raw) {
    raw_ += raw;
    auto taken = take_websocket_answer(raw_, key_, endpoint_, observer_);
    is_open_ = taken && *taken;
    return taken;
}

Result<void> BenchWebSocket::hear(std::string_view raw, std::string& bytes) {
    raw_ += raw;
    return read_websocket_frames(raw_, bytes, output_);
}

void BenchWebSocket::say(std::string_view bytes) {
    mask_ = next_mask(mask_);
    append_websocket_frame(bytes, mask_, output_);
}

void BenchWebSocket::reset() {
    is_open_ = false;
    raw_.clear();
    output_.clear();
}

}  // namespace muster::fleet

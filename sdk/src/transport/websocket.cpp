// SPDX-License-Identifier: Apache-2.0
// Bytes in and bytes out.
#include "transport/websocket.hpp"

#include "base/base64.hpp"
#include "pki/openssl.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace muster::transport {
namespace {

constexpr int switching_protocols = 101;
// Section 1.3.
constexpr std::string_view websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_of(const std::string& key) {
    return base::encode_base64(pki::sha1(key + std::string(websocket_guid)));
}

// Whether it is one to a WebSocket without extensions, which nobody has asked for (section 4.1).
bool is_upgrade(const HttpAnswer& answer) {
    std::string connection = in_lower_case(answer.header("connection"));
    connection.erase(std::remove_if(connection.begin(), connection.end(), [](char c) { return c == ' ' || c == '\t'; }), connection.end());
    const bool is_switched = ("," + connection + ",").find(",upgrade,") != std::string::npos;
    return is_switched && in_lower_case(answer.header("upgrade")) == "websocket" && answer.header("sec-websocket-extensions").empty();
}

}  // namespace

WebSocketClient::WebSocketClient(const base::Endpoint& endpoint, base::Random& random, HttpObserver observer)
    : endpoint_(endpoint), random_(random), observer_(std::move(observer)) {}

void WebSocketClient::begin() {
    const std::array<std::uint64_t, 2> bits{random_.next(), random_.next()};
    const std::string key = base::encode_base64({reinterpret_cast<const char*>(bits.data()), sizeof bits});
    accept_ = accept_of(key);
    output_ += "GET " + endpoint_.path + " HTTP/1.1\r\nHost: " + endpoint_.authority() +
               "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
               "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    if (observer_) observer_(true, "GET " + endpoint_.path);
}

Result<void> WebSocketClient::hear_answer() {
    const auto taken = take_http_answer(raw_, "WebSocket", observer_);
    if (!taken) return taken.error();
    if (!*taken) return {};
    const HttpAnswer& answer = **taken;
    if (answer.status != switching_protocols)
        return http_refusal(answer.status, answer.reason, "no WebSocket at " + endpoint_.path + ": the server",
                            answer.status / 100 == 5 ? Code::unavailable : Code::rejected);
    if (!is_upgrade(answer) || accept_.empty() || answer.header("sec-websocket-accept") != accept_ ||
        answer.header("sec-websocket-protocol") != "mqtt")
        return Error{Code::rejected, "the server's WebSocket at " + endpoint_.path + " does not speak MQTT"};
    is_open_ = true;
    return {};
}

Result<void> WebSocketClient::hear(std::string_view raw, std::string& bytes) {
    if (!is_open_) {
        raw_ += raw;
        if (auto heard = hear_answer(); !heard || !is_open_) return heard;
        raw = {};
    }
    // What comes is read where it is: only a head in two pieces is put together.
    const bool is_apart = !raw_.empty();
    if (is_apart) raw_ += raw;
    const auto read = frames_.read(is_apart ? std::string_view(raw_) : raw, random_, bytes, output_);
    if (!read) return read.error();
    if (is_apart) {
        raw_.erase(0, *read);
    } else {
        raw_.assign(raw.substr(*read));
    }
    return {};
}

void WebSocketClient::say(std::string_view bytes) {
    append_websocket_frame(bytes, static_cast<std::uint32_t>(random_.next()), output_);
}

void WebSocketClient::reset() {
    is_open_ = false;
    raw_.clear();
    output_.clear();
    accept_.clear();
    frames_ = {};
}

}  // namespace muster::transport

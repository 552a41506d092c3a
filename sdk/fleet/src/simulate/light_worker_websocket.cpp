// SPDX-License-Identifier: Apache-2.0
// A light device's WebSocket: asked for, and between its packets and its stream.
#include "client/http_tunnel.hpp"
#include "client/websocket_frames.hpp"
#include "simulate/light_worker.hpp"

namespace muster::fleet {

MqttObserver LightWorker::observer_of(const One& one) const {
    const BenchObserver& observer = setup_.session.observer;
    if (!observer) return {};
    return [&observer, &one](const MqttPacket& packet) { observer(one.client.session.names().client_id, packet); };
}

void LightWorker::ask_for_upgrade(std::uint32_t slot) {
    One& one = devices_[slot];
    WebSocketRequest request = ask_for_websocket(setup_.endpoint, observer_of(one));
    one.key = std::move(request.key);
    one.client.unsent = std::move(request.text);
    one.framed = one.client.unsent.size();
    write(slot);
}

void LightWorker::go_on_with_upgrade(std::uint32_t slot) {
    One& one = devices_[slot];
    write(slot);
    if (!one.client.stream.is_open()) return;
    if (const auto lost = read_raw(one)) return end(slot, *lost);
    const auto granted = take_websocket_answer(one.raw, one.key, setup_.endpoint, observer_of(one));
    if (!granted) return end(slot, granted.error());
    if (!*granted) return;
    one.key.clear();
    greet(slot);
}

std::optional<Error> LightWorker::read_raw(One& one) {
    const Transfer got = one.client.stream.read(scratch_.data(), scratch_.size());
    one.raw.append(scratch_.data(), got.bytes);
    if (!got.is_closed) return std::nullopt;
    if (got.why != nullptr) return Error{Code::tls, std::string("TLS: ") + got.why};
    return Error{Code::unreachable, "the broker closed the connection"};
}

std::optional<Error> LightWorker::read_frames(One& one) {
    if (auto lost = read_raw(one)) return lost;
    std::string answers;
    const auto read = read_websocket_frames(one.raw, one.client.unread, answers);
    const std::size_t handled = one.client.session.read(one.client.unread, {now_, one.client.unsent, *this});
    one.client.unread.erase(0, handled);
    if (!answers.empty()) {
        frame_rest(one);
        one.client.unsent += answers;
        one.framed = one.client.unsent.size();
    }
    return read ? std::nullopt : std::optional<Error>(read.error());
}

// What the session has added since is packets.
void LightWorker::frame_rest(One& one) {
    std::string& unsent = one.client.unsent;
    if (unsent.size() == one.framed) return;
    const std::string packets = unsent.substr(one.framed);
    unsent.resize(one.framed);
    append_websocket_frame(packets, static_cast<std::uint32_t>(random_.next()), unsent);
    one.framed = unsent.size();
}

}  // namespace muster::fleet

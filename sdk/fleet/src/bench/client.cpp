// SPDX-License-Identifier: Apache-2.0
// Bytes between a client's socket and its state machine.
#include "bench/client.hpp"

#include "client/http_tunnel.hpp"

namespace muster::fleet {
namespace {

Error lost(const BenchClient& client, const Transfer& transfer) {
    if (transfer.why != nullptr) return {Code::tls, std::string("TLS: ") + transfer.why};
    const bool stood = client.session.state() == ClientSession::State::ready;
    return {Code::unreachable, stood ? "the broker closed the connection" : "the broker closed the connection before it stood"};
}

std::optional<Error> read_framed(BenchClient& client, std::string& scratch, base::SteadyTime now, SessionEvents& events) {
    const Transfer got = client.stream.read(scratch.data(), scratch.size());
    if (got.is_closed) return lost(client, got);
    const auto heard = client.websocket->hear({scratch.data(), got.bytes}, client.unread);
    const std::size_t handled = client.session.read(client.unread, {now, client.unsent, events});
    if (client.stream.is_open()) client.unread.erase(0, handled);
    return heard ? std::nullopt : std::optional<Error>(heard.error());
}

}  // namespace

void BenchClient::close() {
    session.stop();
    stream.close();
    is_tunnelling = false;
    is_shaking_hands = false;
    is_upgrading = false;
    unread.clear();
    unsent.clear();
    if (websocket) websocket->reset();
}

std::string& raw_output(BenchClient& client) {
    return client.websocket ? client.websocket->output() : client.unsent;
}

std::optional<Error> flush(BenchClient& client) {
    if (!client.has_output()) return std::nullopt;
    if (client.websocket && !client.unsent.empty()) {
        client.websocket->say(client.unsent);
        client.unsent.clear();
    }
    std::string& output = raw_output(client);
    const Transfer written = client.stream.write(output);
    if (written.is_closed) return lost(client, written);
    if (written.bytes == output.size()) {
        output.clear();
    } else {
        output.erase(0, written.bytes);
    }
    return std::nullopt;
}

Result<bool> read_tunnel(BenchClient& client, std::string& scratch, const MqttProxy& proxy, const MqttObserver& observer) {
    const Transfer got = client.stream.read(scratch.data(), scratch.size());
    client.unread.append(scratch.data(), got.bytes);
    const auto answer = take_tunnel_answer(client.unread, observer);
    if (!answer) return Error(answer.error()).in(proxy.url);
    if (!*answer && got.is_closed) return Error{Code::unreachable, "the proxy " + proxy.url + " closed the connection"};
    if (!*answer) return false;
    if (!(*answer)->is_open()) return refusal_of(**answer, proxy);
    // The client begins in TLS, HTTP and MQTT alike: it would be taken for the broker's.
    if (!client.unread.empty()) return Error{Code::unreachable, "the proxy " + proxy.url + " says more than its answer"};
    return true;
}

Result<bool> read_upgrade(BenchClient& client, std::string& scratch) {
    const Transfer got = client.stream.read(scratch.data(), scratch.size());
    if (got.is_closed) return lost(client, got);
    if (auto heard = client.websocket->hear({scratch.data(), got.bytes}, client.unread); !heard) return std::move(heard).error();
    return client.websocket->is_open();
}

std::optional<Error> read_once(BenchClient& client, std::string& scratch, base::SteadyTime now, SessionEvents& events) {
    if (client.websocket) return read_framed(client, scratch, now, events);
    const std::size_t kept = client.unread.size();
    if (kept * 2 > scratch.size()) scratch.resize(kept * 2);
    client.unread.copy(scratch.data(), kept);
    const Transfer got = client.stream.read(scratch.data() + kept, scratch.size() - kept);
    if (got.is_closed) return lost(client, got);
    if (got.bytes == 0) return std::nullopt;
    const std::string_view bytes(scratch.data(), kept + got.bytes);
    const std::size_t handled = client.session.read(bytes, {now, client.unsent, events});
    if (client.stream.is_open()) client.unread.assign(bytes.substr(handled));
    return std::nullopt;
}

}  // namespace muster::fleet

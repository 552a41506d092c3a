// SPDX-License-Identifier: Apache-2.0
// What happens to one light device: it connects, speaks, and is lost.
#include "client/http_tunnel.hpp"
#include "simulate/light_worker.hpp"

#include <unistd.h>

#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t wake_slot = UINT32_MAX;
// Connections of a worker between their start and their CONNACK, so that a storm is not lost in the machine's own backlog.
constexpr std::uint32_t most_connecting = 256;
constexpr milliseconds try_again_in{5};

// Another node may do better than this one.
bool is_worth_another(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

}  // namespace

void LightWorker::start(std::uint32_t slot) {
    One& one = devices_[slot];
    if (connecting_ >= most_connecting) {
        one.client.retry_at = now_ + try_again_in;
        return;
    }
    ++connecting_;
    one.client.retry_at = base::SteadyTime::max();
    one.client.session.start(now_);
    if (one.resets > 0) return end(slot, {Code::unreachable, "there is no simulated network"});
    auto stream = Stream::connect(node_of(one).address, setup_.first_source + one.client.number);
    if (!stream) return end(slot, stream.error());
    one.client.stream = std::move(*stream);
    watched_[slot] = 0;
    watch(slot);
}

void LightWorker::watch(std::uint32_t slot) {
    One& one = devices_[slot];
    BenchClient& client = one.client;
    if (!client.stream.is_open()) return;
    const bool is_opening = client.session.state() == ClientSession::State::opening;
    const bool is_connecting = is_opening && !client.is_tunnelling && !client.is_shaking_hands && !client.is_upgrading;
    const bool waits_for_room = is_connecting || ((client.is_shaking_hands || client.has_output()) && client.stream.waits_for_room());
    const std::uint32_t wanted = one.silences > 0 ? 0U : EPOLLIN | (waits_for_room ? EPOLLOUT : 0U);
    if (wanted == watched_[slot]) return;
    const int operation = wanted == 0 ? EPOLL_CTL_DEL : watched_[slot] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    watched_[slot] = wanted;
    epoll_event event{.events = wanted, .data = {.u32 = slot}};
    if (::epoll_ctl(epoll_, operation, client.stream.fd(), &event) != 0) end(slot, {Code::io, "epoll refused a socket"});
}

void LightWorker::handle(const epoll_event& event) {
    const std::uint32_t slot = event.data.u32;
    if (slot == wake_slot) {
        std::uint64_t wakes = 0;
        [[maybe_unused]] const auto got = ::read(wake_, &wakes, sizeof(wakes));
        return;
    }
    BenchClient& client = devices_[slot].client;
    if (!client.stream.is_open()) return;  // Closed by an event before this one.
    if (client.session.state() == ClientSession::State::opening) {
        if (client.is_tunnelling) {
            go_on_with_tunnel(slot);
        } else if (client.is_upgrading) {
            go_on_with_upgrade(slot);
        } else {
            client.is_shaking_hands ? go_on_with_handshake(slot) : stood(slot);
        }
        return arm(slot);
    }
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        std::optional<Error> lost;
        step(slot, [&] { lost = read_once(client, scratch_, now_, *this); });
        if (lost && client.stream.is_open()) end(slot, *lost);
    }
    if (client.stream.is_open() && (event.events & EPOLLOUT) != 0) write(slot);
    if (client.stream.is_open()) send_waiting(slot);
    arm(slot);
}

void LightWorker::stood(std::uint32_t slot) {
    One& one = devices_[slot];
    const MqttProxy& proxy = setup_.proxy;
    if (const auto failure = one.client.stream.connect_failure())
        return end(slot, proxy.url.empty() ? *failure : failure->in("the proxy " + proxy.url));
    if (proxy.url.empty()) return begin_tls(slot);
    one.client.is_tunnelling = true;
    raw_output(one.client) += ask_for_tunnel(proxy, node_of(one).endpoint, observer_of(one));
    write(slot);
}

void LightWorker::go_on_with_tunnel(std::uint32_t slot) {
    One& one = devices_[slot];
    const auto done = read_tunnel(one.client, scratch_, setup_.proxy, observer_of(one));
    if (!done) return end(slot, done.error());
    if (!*done) return write(slot);
    one.client.is_tunnelling = false;
    begin_tls(slot);
}

void LightWorker::begin_tls(std::uint32_t slot) {
    if (!tls_) return greet(slot);
    One& one = devices_[slot];
    BenchClient& client = one.client;
    const bool is_shared = setup_.plan.devices[client.number].directory.empty();
    auto ssl = tls_->open(client.stream.fd(), slot, is_shared ? 0 : client.number, node_of(one).endpoint.host);
    if (!ssl) return end(slot, ssl.error());
    client.stream.secure(std::move(*ssl));
    client.is_shaking_hands = true;
    go_on_with_handshake(slot);
}

void LightWorker::go_on_with_handshake(std::uint32_t slot) {
    BenchClient& client = devices_[slot].client;
    const auto done = client.stream.shake_hands();
    if (!done) return end(slot, done.error());
    if (!*done) return watch(slot);
    client.is_shaking_hands = false;
    greet(slot);
}

void LightWorker::go_on_with_upgrade(std::uint32_t slot) {
    BenchClient& client = devices_[slot].client;
    const auto done = read_upgrade(client, scratch_);
    if (!done) return end(slot, done.error());
    if (!*done) return write(slot);
    client.is_upgrading = false;
    greet(slot);
}

void LightWorker::greet(std::uint32_t slot) {
    BenchClient& client = devices_[slot].client;
    if (client.websocket && !client.websocket->is_open()) {
        client.is_upgrading = true;
        client.websocket->begin();
        return write(slot);
    }
    step(slot, [&] { client.session.opened({now_, client.unsent, *this}); });
}

void LightWorker::write(std::uint32_t slot) {
    One& one = devices_[slot];
    if (!one.client.stream.is_open() || one.silences > 0) return;
    if (const auto lost = flush(one.client)) return end(slot, *lost);
    watch(slot);
}

void LightWorker::ready() {
    One& one = devices_[current_];
    --connecting_;
    ++standing_;
    ++one.connects;
    one.client.stands = true;
}

void LightWorker::acknowledged(std::uint64_t sequence, bool is_refused) {
    devices_[current_].queue.acknowledge(sequence, is_refused);
}

void LightWorker::end(std::uint32_t slot, const Error& why) {
    One& one = devices_[slot];
    const bool stood = std::exchange(one.client.stands, false);
    const bool has_others = setup_.nodes.size() > 1;
    one.last_error = has_others ? why.in(node_of(one).endpoint.url()) : why;
    one.client.close();
    watched_[slot] = 0;
    one.queue.lose();
    if (stood) {
        --standing_;
        ++one.disconnects;
        one.lost.add(why.code());
    } else {
        --connecting_;
        one.failed.add(why.code());
    }
    const BenchReturn& rule = setup_.comeback;
    const auto delay = stood ? one.client.comeback.first_delay(rule, random_) : one.client.comeback.delay_after(why.code(), rule, random_);
    const bool is_to_return = one.is_wanted && one.comes_back;
    // Without a network no node can be reached.
    const bool moves = has_others && one.resets == 0 && is_worth_another(why.code());
    if (moves) {
        one.client.node = (one.client.node + 1) % static_cast<std::uint32_t>(setup_.nodes.size());
        make_websocket(one);
    }
    // The others first, then it waits.
    const bool goes_on = moves && !stood && ++one.client.tried < setup_.nodes.size();
    if (!goes_on) one.client.tried = 0;
    one.client.retry_at = is_to_return ? now_ + (goes_on ? milliseconds(0) : delay) : base::SteadyTime::max();
    arm(slot);
}

}  // namespace muster::fleet

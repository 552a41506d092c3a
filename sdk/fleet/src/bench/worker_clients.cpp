// SPDX-License-Identifier: Apache-2.0
// What happens to one client of a worker: it connects, speaks, and is lost.
#include "bench/worker.hpp"
#include "client/http_tunnel.hpp"

#include <unistd.h>

#include <utility>

namespace muster::fleet {
namespace {

constexpr std::uint32_t wake_slot = UINT32_MAX;
// A message of another run's publishers may have any number; who counts so many is being misled.
constexpr std::uint32_t max_unknown_publishers = 1U << 16U;

// Another node may do better than this one.
bool is_worth_another(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

std::string place_of(const base::Endpoint& endpoint) {
    const std::string url = endpoint.url();
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.size() - begin - endpoint.path.size());
}

}  // namespace

void BenchWorker::start(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    ++connecting_;
    ++tally_.attempts;
    client.retry_at = base::SteadyTime::max();
    client.session.start(std::chrono::steady_clock::now());
    // Sources are chosen by number over both groups, so that no address runs out of ports.
    auto stream = Stream::connect(node_of(client).address, number_of(client));
    if (!stream) return end(slot, stream.error());
    client.stream = std::move(*stream);
    watch(slot, true);
    arm(slot);
}

void BenchWorker::watch(std::uint32_t slot, bool is_new) {
    BenchClient& client = clients_[slot];
    const bool is_opening = client.session.state() == ClientSession::State::opening;
    const bool is_connecting = is_opening && !client.is_tunnelling && !client.is_shaking_hands && !client.is_upgrading;
    const bool waits_for_room = is_connecting || ((client.is_shaking_hands || client.has_output()) && client.stream.waits_for_room());
    if (!client.stream.is_open() || (!is_new && client.is_watched_for_room == waits_for_room)) return;
    client.is_watched_for_room = waits_for_room;
    epoll_event event{.events = EPOLLIN | (waits_for_room ? EPOLLOUT : 0U), .data = {.u32 = slot}};
    if (::epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, client.stream.fd(), &event) != 0) {
        end(slot, {Code::io, "epoll refused a socket"});
    }
}

void BenchWorker::handle(const epoll_event& event) {
    const std::uint32_t slot = event.data.u32;
    if (slot == wake_slot) {
        std::uint64_t wakes = 0;
        [[maybe_unused]] const auto got = ::read(control_.wake_fd(index_), &wakes, sizeof(wakes));
        return;
    }
    BenchClient& client = clients_[slot];
    if (!client.stream.is_open()) return;  // Closed by an event before this one.
    if (client.session.state() == ClientSession::State::opening) {
        if (client.is_tunnelling) return go_on_with_tunnel(slot);
        if (client.is_upgrading) return go_on_with_upgrade(slot);
        return client.is_shaking_hands ? go_on_with_handshake(slot) : stood(slot);
    }
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        std::optional<Error> lost;
        step(slot, [&] { lost = read_once(client, scratch_, now_, *this); });
        if (lost) return end(slot, *lost);
        if (!client.stream.is_open()) return;
    }
    if ((event.events & EPOLLOUT) != 0) write(slot);
    if (schedule_ && slot >= receivers_) send_backlog(slot);
}

void BenchWorker::stood(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    const MqttProxy& proxy = setup_.plan.proxy;
    if (const auto failure = client.stream.connect_failure())
        return end(slot, proxy.url.empty() ? *failure : failure->in("the proxy " + proxy.url));
    findings_.tcp.record(now_ - client.session.started());
    if (proxy.url.empty()) return begin_tls(slot);
    client.is_tunnelling = true;
    raw_output(client) += ask_for_tunnel(proxy, node_of(client).endpoint, observer_of(client));
    write(slot);
}

void BenchWorker::go_on_with_tunnel(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    const auto done = read_tunnel(client, scratch_, setup_.plan.proxy, observer_of(client));
    if (!done) return end(slot, done.error());
    if (!*done) return write(slot);
    client.is_tunnelling = false;
    begin_tls(slot);
}

void BenchWorker::begin_tls(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    if (!tls_) return greet(slot);
    const bool verifies = setup_.tls->verify_server;
    auto ssl = tls_->open(client.stream.fd(), slot, setup_.layout.credential_of(client.is_receiver, client.number),
                          verifies ? node_of(client).endpoint.host : std::string());
    if (!ssl) return end(slot, ssl.error());
    client.stream.secure(std::move(*ssl));
    client.is_shaking_hands = true;
    client.tcp_stood = now_;
    go_on_with_handshake(slot);
}

void BenchWorker::go_on_with_handshake(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    const auto done = client.stream.shake_hands();
    if (!done) return end(slot, done.error());
    if (!*done) return watch(slot, false);
    client.is_shaking_hands = false;
    const bool is_resumed = client.stream.is_resumed();
    (is_resumed ? findings_.tls_resumed : findings_.tls_full).record(std::chrono::steady_clock::now() - client.tcp_stood);
    greet(slot);
}

void BenchWorker::go_on_with_upgrade(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    const auto done = read_upgrade(client, scratch_);
    if (!done) return end(slot, done.error());
    if (!*done) return write(slot);
    client.is_upgrading = false;
    greet(slot);
}

void BenchWorker::greet(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    if (client.websocket && !client.websocket->is_open()) {
        client.is_upgrading = true;
        client.websocket->begin();
        return write(slot);
    }
    step(slot, [&] { client.session.opened({now_, client.unsent, *this}); });
}

void BenchWorker::write(std::uint32_t slot) {
    if (!clients_[slot].stream.is_open()) return;
    if (const auto lost = flush(clients_[slot])) return end(slot, *lost);
    watch(slot, false);
}

void BenchWorker::ready() {
    BenchClient& client = clients_[current_];
    --connecting_;
    ++tally_.connections.connected;
    ++findings_.nodes[client.node].connected;
    client.tried = 0;
    ++tally_.standing;
    client.stands = true;
    if (client.stream.is_resumed()) ++tally_.connections.resumed;
    tally_.last_ready = std::chrono::steady_clock::now();
    findings_.connect.record(tally_.last_ready - client.session.started());
    if (phase_ == BenchPhase::returning && !client.has_settled) findings_.recoveries.push_back(tally_.last_ready - phase_start_);
    settle(client);
}

void BenchWorker::settle(BenchClient& client) {
    if (!client.has_settled) ++tally_.settled;
    client.has_settled = true;
}

// Before the load an attempt counts as made; later the client comes back, for its messages are due.
void BenchWorker::end(std::uint32_t slot, const Error& why) {
    BenchClient& client = clients_[slot];
    const bool stood = std::exchange(client.stands, false);
    client.close();
    const bool has_others = setup_.nodes.size() > 1;
    const Error named = has_others ? why.in(place_of(node_of(client).endpoint)) : why;
    findings_.failures.add(named);
    if (auto& first = findings_.first_failures[client.node]; !first) first = named;
    BenchNode& node = findings_.nodes[client.node];
    if (stood) {
        --tally_.standing;
        ++tally_.connections.lost;
        ++node.lost;
    } else {
        --connecting_;
        ++tally_.connections.failed;
        ++node.failed;
    }
    const bool moves = has_others && is_worth_another(why.code());
    if (moves) move_on(client);
    if (!is_returning()) {
        if (!moves || stood || ++client.tried >= setup_.nodes.size()) return settle(client);
        client.retry_at = now_;
        return arm(slot);
    }
    const BenchReturn& rule = setup_.plan.comeback;
    const auto delay = stood ? client.comeback.first_delay(rule, random_) : client.comeback.delay_after(why.code(), rule, random_);
    client.retry_at = now_ + delay;
    arm(slot);
}

void BenchWorker::move_on(BenchClient& client) {
    client.node = (client.node + 1) % static_cast<std::uint32_t>(setup_.nodes.size());
    make_websocket(client);
}

void BenchWorker::received(std::string_view payload) {
    BenchClient& client = clients_[current_];
    if (!client.ledger) return;
    const auto stamp = read_bench_stamp(payload);
    const bool hears_all = setup_.layout.hears_all();
    if (!stamp || stamp->run != setup_.session.run || (!hears_all && stamp->publisher != client.number)) {
        ++tally_.messages.foreign;
        return;
    }
    if (setup_.layout.is_passive() && stamp->publisher < max_unknown_publishers) client.ledger->make_room_for(stamp->publisher + 1);
    const std::uint64_t late_before = client.ledger->out_of_order();
    switch (client.ledger->record(hears_all ? stamp->publisher : 0, stamp->sequence)) {
        case Arrival::foreign:
            ++tally_.messages.foreign;
            return;
        case Arrival::repeated:
            ++tally_.messages.duplicates;
            return;
        case Arrival::first:
            ++tally_.messages.received;
            tally_.messages.out_of_order += client.ledger->out_of_order() - late_before;
            if (stamp->boot == setup_.session.boot) record_latency(stamp->intended);
            return;
    }
}

void BenchWorker::acknowledged(std::uint64_t sequence, bool is_refused) {
    ++(is_refused ? tally_.messages.refused : tally_.messages.acknowledged);
    if (setup_.layout.is_end_to_end() || is_refused) return;
    record_latency(schedule_->intended(static_cast<std::uint32_t>(current_ - receivers_), sequence));
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// One thread: its connections, and the core of the tenants that are at home here.
#include "net/shard.hpp"

#include "wire/encode.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace muster::testbroker::net {
namespace {

using wire::ReasonCode;

constexpr std::chrono::milliseconds tick_every{250};
constexpr std::chrono::milliseconds close_deadline{2'000};  // For the last bytes, and the peer's end.
constexpr std::chrono::milliseconds stop_deadline{1'000};
constexpr std::size_t read_buffer_bytes = 128U << 10U;
constexpr std::size_t kept_buffers = 64;
constexpr std::size_t kept_buffer_bytes = 1U << 20U;

// TLS writes with write(2), which raises SIGPIPE; other signals are for the threads of whoever started the broker.
void block_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Shard::Shard(const ShardLimits& limits, Judge& judge, Homes& homes, tenancy::Admission& admission, const base::Clock& clock)
    : limits_(limits),
      judge_(judge),
      homes_(homes),
      clock_(clock),
      core_(limits.core, admission, *this, clock),
      handshake_deadlines_(limits.handshake_deadline),
      connect_deadlines_(limits.core.connect_deadline),
      close_deadlines_(close_deadline),
      connect_rate_(limits.connects_per_second),
      read_buffer_(read_buffer_bytes, '\0') {}

Shard::~Shard() = default;

Result<void> Shard::start() {
    auto loop = EventLoop::make();
    if (!loop) return std::move(loop).error();
    loop_ = std::move(*loop);
    next_tick_ = clock_.now() + tick_every;
    thread_ = std::thread([this] { run(); });
    return {};
}

void Shard::join() {
    if (thread_.joinable()) thread_.join();
}

void Shard::run() {
    block_signals();
    while (!is_done()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_turn() - clock_.now());
        loop_->turn(std::clamp(wait, std::chrono::milliseconds(0), tick_every));
        if (now() >= next_tick_) tick();
        run_fault_timers();
        end_turn();
    }
    store();
}

bool Shard::is_done() {
    return stop_by_ && (connections_.size() == 0 || clock_.now() >= *stop_by_);
}

base::SteadyTime Shard::now() {
    if (!turn_now_) turn_now_ = clock_.now();
    return *turn_now_;
}

void Shard::tick() {
    next_tick_ = now() + tick_every;
    excuse_held();
    for (const auto& acceptor : acceptors_) acceptor->resume();
    core_.tick(now());
    expire_deadlines();
    store();
}

void Shard::expire_deadlines() {
    const auto cut_if = [this](Deadlines& deadlines, core::ConnectionId id, auto is_late) {
        MqttConnection* connection = connections_.find(id);
        if (connection == nullptr || !is_late(*connection)) return;
        if (connection->is_held()) return deadlines.add(id, now());
        ++counters_.late;
        connection->cut();
    };
    handshake_deadlines_.expire(
        now(), [&](core::ConnectionId id) { cut_if(handshake_deadlines_, id, [](auto& one) { return one.is_handshaking(); }); });
    connect_deadlines_.expire(now(),
                              [&](core::ConnectionId id) { cut_if(connect_deadlines_, id, [](auto& one) { return !one.has_greeted(); }); });
    close_deadlines_.expire(now(), [this](core::ConnectionId id) {
        if (MqttConnection* connection = connections_.find(id)) connection->cut();
    });
}

// What is flushed may end connections, and with them begin wills that are to be flushed too. Who takes more again is sent it with the
// others, so that one commit does for all.
void Shard::end_turn() {
    while (!to_flush_.empty() || !to_pump_.empty()) {
        flushing_.swap(to_flush_);
        for (MqttConnection* connection : flushing_) connection->flush();
        flushing_.clear();
        for (const core::ConnectionId id : std::exchange(to_pump_, {})) core_.writable(id, now());
    }
    gone_.clear();
    turn_now_.reset();
}

// Only a journal has to wait for the others: one commit does for all. A client that was to be written to already gets it all in one.
void Shard::was_dealt_with(MqttConnection& connection) {
    if (journal_ != nullptr || to_flush_.empty() || to_flush_.back() != &connection) return;
    to_flush_.pop_back();
    connection.flush();
}

Result<void> Shard::accept_from(const std::shared_ptr<ListeningSocket>& listening) {
    auto acceptor =
        std::make_unique<Acceptor>(*loop_, listening, [this](Socket socket, TlsContext* tls) { add_socket(std::move(socket), tls); });
    if (auto opened = acceptor->open(); !opened) return opened;
    acceptors_.push_back(std::move(acceptor));
    return {};
}

void Shard::add_socket(Socket socket, TlsContext* tls) {
    ++counters_.accepted;
    auto stream = tls != nullptr ? Stream::over_tls(std::move(socket), *tls) : Stream(std::move(socket));
    if (!stream) return;
    const bool is_tls = stream->is_tls();
    auto& connection = add(std::make_unique<MqttConnection>(*std::move(stream), limits_.core.max_packet_size));
    (is_tls ? handshake_deadlines_ : connect_deadlines_).add(connection.id(), now());
    testbroker::faults::Plan* plan = faults();
    if (is_tls && plan != nullptr && plan->stalls_handshake(now())) connection.stall();
}

void Shard::add_stream(Socket socket, tenancy::PeerIdentity peer, std::string remote) {
    ++counters_.accepted;
    auto connection = std::make_unique<MqttConnection>(Stream(std::move(socket)), limits_.core.max_packet_size);
    connection->set_peer(std::move(peer));
    connection->set_remote(std::move(remote));
    connect_deadlines_.add(add(std::move(connection)).id(), now());
}

MqttConnection& Shard::add(std::unique_ptr<MqttConnection> connection) {
    MqttConnection& added = *connection;
    added.join(*this, connections_.add(std::move(connection)));
    return added;
}

void Shard::secured(MqttConnection& connection) {
    ++(connection.stream().was_resumed() ? counters_.handshakes_resumed : counters_.handshakes_full);
    connect_deadlines_.add(connection.id(), now());
}

bool Shard::greeted(MqttConnection& connection) {
    ++counters_.packets_in;
    const wire::Frame frame = connection.greeting();
    const auto decoded = wire::decode(frame, wire::Version::v5);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) {
        malformed(connection, *error);
        return true;
    }
    const auto* connect = std::get_if<wire::Connect>(&std::get<wire::Packet>(decoded));
    if (connect == nullptr) {
        malformed(connection, {ReasonCode::protocol_error, "the first packet is no CONNECT"});
        return true;
    }
    const auto busy = [&](const char* why, std::chrono::seconds retry_after = {}) {
        ++counters_.turned_away;
        let_in(connection, tenancy::Refusal{ReasonCode::server_busy, why, {}, retry_after});
        return true;
    };
    if (!connect_rate_.take(now()))
        return busy("more clients connect than the broker admits; try again later", turns_.next(connect_rate_.per_second(), now()));
    if (auto verdict = judge_.judge_now(*connect, connection.peer())) return follow(connection, *std::move(verdict));
    const auto on_verdict = [this, id = connection.id()](tenancy::Verdict verdict) {
        post([this, id, verdict = std::move(verdict)] {
            MqttConnection* waiting = connections_.find(id);
            if (waiting != nullptr && waiting->is_judged()) follow(*waiting, verdict);
        });
    };
    if (!judge_.judge_later(frame, connection.peer(), on_verdict)) return busy("too many passwords wait to be checked; try again later");
    return true;
}

bool Shard::follow(MqttConnection& connection, tenancy::Verdict verdict) {
    const auto* principal = std::get_if<tenancy::Principal>(&verdict);
    Shard* home = principal != nullptr ? &homes_.home_of(principal->tenant) : this;
    if (home == this) {
        let_in(connection, std::move(verdict));
        return true;
    }
    connection.leave();
    // Shared, because a task must be copyable.
    const auto moved = std::make_shared<std::unique_ptr<MqttConnection>>(connections_.remove(connection.id()));
    home->post([home, moved, verdict = std::move(verdict)] { home->add_arrival(std::move(*moved), verdict); });
    return false;
}

void Shard::add_arrival(std::unique_ptr<MqttConnection> connection, tenancy::Verdict verdict) {
    MqttConnection& added = add(std::move(connection));
    if (added.is_judged()) let_in(added, std::move(verdict));
}

void Shard::let_in(MqttConnection& connection, tenancy::Verdict verdict) {
    if (is_store_failing_) verdict = tenancy::Refusal{ReasonCode::server_unavailable, "the broker cannot store sessions; try again later"};
    const auto decoded = wire::decode(connection.greeting(), wire::Version::v5);
    const auto& connect = std::get<wire::Connect>(std::get<wire::Packet>(decoded));
    core_.connection_opened(connection.id(), {}, now());
    core_.judged(connection.id(), connect, std::move(verdict), now());
    connection.take_in(connect.version);
}

void Shard::received(MqttConnection& connection, const wire::Frame& frame) {
    ++counters_.packets_in;
    core_.frame(connection.id(), frame, now());
}

void Shard::malformed(MqttConnection& connection, const wire::DecodeError& error) {
    if (!connection.has_greeted() || connection.is_judged()) core_.connection_opened(connection.id(), {}, now());
    core_.malformed(connection.id(), error, now());
}

void Shard::writable(MqttConnection& connection) {
    to_pump_.push_back(connection.id());
}

void Shard::lost(MqttConnection& connection) {
    if (connection.stream().is_tls() && !connection.was_secured()) ++counters_.handshakes_failed;
    const core::ConnectionId id = connection.id();
    gone_.push_back(connections_.remove(id));
    core_.connection_lost(id, now());
}

void Shard::cut_all() {
    for (const core::ConnectionId id : connections_.ids()) {
        if (MqttConnection* connection = connections_.find(id)) connection->cut();
    }
    store();  // Nobody is left whose answer would see to it.
}

void Shard::stop() {
    stop_accepting();
    core_.shut_down(now());
    for (const core::ConnectionId id : connections_.ids()) {
        MqttConnection* connection = connections_.find(id);
        if (connection != nullptr && !connection->is_closing()) connection->cut();
    }
    stop_by_ = clock_.now() + stop_deadline;
}

std::vector<core::ClientInfo> Shard::clients(std::optional<std::string_view> tenant) const {
    auto clients = core_.clients(tenant);
    for (auto& client : clients) {
        const MqttConnection* connection = client.connection ? connections_.find(*client.connection) : nullptr;
        if (connection != nullptr) client.peer = connection->remote();
    }
    return clients;
}

NetCounters Shard::counters() const {
    NetCounters counters = counters_;
    counters.bytes_unwritten = static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(unwritten_, 0));
    return counters;
}

std::string Shard::take_buffer() {
    if (buffers_.empty()) return {};
    std::string buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void Shard::give_buffer(std::string buffer) {
    if (buffers_.size() >= kept_buffers || buffer.capacity() > kept_buffer_bytes) return;
    buffer.clear();
    buffers_.push_back(std::move(buffer));
}

void Shard::send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) {
    MqttConnection* connection = connections_.find(id);
    if (connection == nullptr || connection->is_doomed() || send_late(*connection, version, packet)) return;
    wire::encode(packet, version, connection->outgoing());
    connection->appended();
    connection->count_sent_packet();
    ++counters_.packets_out;
}

void Shard::send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) {
    MqttConnection* connection = connections_.find(id);
    if (connection == nullptr || connection->is_doomed()) return;
    wire::encode(packet, version, connection->outgoing());
    connection->appended();
    connection->count_sent_packet();
    ++counters_.packets_out;
}

void Shard::send_plain(core::ConnectionId id, wire::Version version, const wire::PlainPublish& packet) {
    if (faults() != nullptr) return Output::send_plain(id, version, packet);
    if (MqttConnection* connection = connections_.find(id)) {
        wire::encode(packet, version, connection->outgoing());
        connection->appended();
        ++counters_.packets_out;
    }
}

void Shard::send_puback(core::ConnectionId id, wire::Version version, wire::PacketId packet_id, wire::ReasonCode reason) {
    if (faults() != nullptr || !late_acknowledgements_.empty()) return Output::send_puback(id, version, packet_id, reason);
    if (MqttConnection* connection = connections_.find(id)) {
        wire::encode_puback(packet_id, reason, version, connection->outgoing());
        connection->appended();
        ++counters_.packets_out;
    }
}

void Shard::close(core::ConnectionId id) {
    if (MqttConnection* connection = connections_.find(id)) {
        connection->close();
        close_deadlines_.add(id, now());
    }
}

bool Shard::is_congested(core::ConnectionId id) const {
    MqttConnection* connection = connections_.find(id);
    if (connection == nullptr) return false;
    const std::size_t pending = connection->pending_bytes();
    if (pending == 0) return false;
    const bool is_full = unwritten_ > static_cast<std::ptrdiff_t>(limits_.max_unwritten_bytes) || core_.memory().is_full();
    if (!is_full && pending <= limits_.max_unsent_bytes) return false;
    connection->await_writable();
    return true;
}

}  // namespace muster::testbroker::net

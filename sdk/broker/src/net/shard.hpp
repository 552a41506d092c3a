// SPDX-License-Identifier: Apache-2.0
// One thread: its connections, and the core of the tenants that are at home here.
#pragma once

#include "base/clock.hpp"
#include "core/broker_core.hpp"
#include "core/journal.hpp"
#include "core/output.hpp"
#include "net/connection_table.hpp"
#include "net/deadlines.hpp"
#include "net/event_loop.hpp"
#include "net/judge.hpp"
#include "net/mqtt_connection.hpp"
#include "net/mqtt_listener.hpp"
#include "net/token_bucket.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace muster::testbroker::net {

class Shard;

/// Which shard a tenant's core is on. Threads: any.
class Homes {
public:
    virtual ~Homes() = default;
    [[nodiscard]] virtual Shard& home_of(std::string_view tenant) = 0;
};

struct ShardLimits {
    core::Limits core;
    std::chrono::milliseconds handshake_deadline{10'000};
    double connects_per_second = 0;                 ///< 0: any.
    std::size_t max_unsent_bytes = 256U << 10U;     ///< For one reader; beyond it, its QoS 0 is shed.
    std::size_t max_unwritten_bytes = 256U << 20U;  ///< For slow readers, all together; beyond it everybody's QoS 0 is shed.
};

/// What a shard saw of the network. Threads: one at a time.
struct NetCounters {
    std::uint64_t accepted = 0;
    std::uint64_t handshakes_full = 0;
    std::uint64_t handshakes_resumed = 0;
    std::uint64_t handshakes_failed = 0;
    std::uint64_t late = 0;         ///< Cut because a handshake or a CONNECT did not come in time.
    std::uint64_t turned_away = 0;  ///< Told that the server is busy.
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t bytes_in = 0;  ///< Of MQTT, within TLS.
    std::uint64_t bytes_out = 0;
    std::uint64_t bytes_unwritten = 0;
};

/// Accepts, secures and greets; a client of a tenant that is at home elsewhere then moves there with its connection.
/// Threads: its own, but for `start`, `join`, `post` and `hand_over`, which any may call.
class Shard final : private core::Output, private ConnectionHost {
public:
    using OnStored = std::function<void(const Result<void>& stored)>;

    Shard(const ShardLimits& limits, Judge& judge, Homes& homes, tenancy::Admission& admission, const base::Clock& clock);
    ~Shard() override;

    /// Fails with Code::io.
    Result<void> start();
    /// After `stop`.
    void join();
    void post(EventLoop::Task task) { loop_->post(std::move(task)); }

    Result<void> accept_from(const std::shared_ptr<ListeningSocket>& listening);
    void stop_accepting() { acceptors_.clear(); }
    /// A plain stream whose other end has been identified already.
    void add_stream(Socket socket, tenancy::PeerIdentity peer, std::string remote);
    /// Everybody is gone, without a goodbye.
    void cut_all();
    /// The list of faults is another: what they held may go on.
    void faults_changed();
    /// Goes on with what another process has stored, as core::BrokerCore::restore. `on_stored` hears when storing begins to fail, and when
    /// it succeeds again; meanwhile nobody is let in.
    void restore(std::unique_ptr<core::Journal> journal, std::vector<core::StoredTenant> stored, OnStored on_stored);
    /// Says goodbye to everybody and ends the thread, once all has been written or a second is over.
    void stop();
    [[nodiscard]] core::BrokerCore& core() { return core_; }
    /// As the core knows them, and where they are.
    [[nodiscard]] std::vector<core::ClientInfo> clients(std::optional<std::string_view> tenant) const;
    [[nodiscard]] NetCounters counters() const;

private:
    void send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) override;
    void send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) override;
    void send_plain(core::ConnectionId id, wire::Version version, const wire::PlainPublish& packet) override;
    void send_puback(core::ConnectionId id, wire::Version version, wire::PacketId packet_id, wire::ReasonCode reason) override;
    void close(core::ConnectionId id) override;
    [[nodiscard]] bool is_congested(core::ConnectionId id) const override;

    EventLoop& loop() override { return *loop_; }
    std::string& read_buffer() override { return read_buffer_; }
    std::string take_buffer() override;
    void give_buffer(std::string buffer) override;
    void flush_later(MqttConnection& connection) override { to_flush_.push_back(&connection); }
    void was_dealt_with(MqttConnection& connection) override;
    void commit() override;
    void secured(MqttConnection& connection) override;
    bool greeted(MqttConnection& connection) override;
    void received(MqttConnection& connection, const wire::Frame& frame) override;
    void comes_next(core::ConnectionId id) override { core_.comes_next(id); }
    void malformed(MqttConnection& connection, const wire::DecodeError& error) override;
    void writable(MqttConnection& connection) override;
    void was_read(std::size_t bytes) override { counters_.bytes_in += bytes; }
    void was_written(std::size_t bytes) override { counters_.bytes_out += bytes; }
    void pending_changed(std::ptrdiff_t difference) override {
        unwritten_ += difference;
        core_.memory().add(difference);
    }
    testbroker::faults::Plan* faults() override;
    [[nodiscard]] testbroker::faults::Client client_of(const MqttConnection& connection) const override;
    base::SteadyTime now() override;
    void resume_at(MqttConnection& connection, base::SteadyTime when) override { resumes_.emplace(when, connection.id()); }
    void lost(MqttConnection& connection) override;

    void run();
    void end_turn();
    void tick();
    void add_socket(Socket socket, TlsContext* tls);
    MqttConnection& add(std::unique_ptr<MqttConnection> connection);
    void add_arrival(std::unique_ptr<MqttConnection> connection, tenancy::Verdict verdict);
    /// False: it has moved to another shard.
    bool follow(MqttConnection& connection, tenancy::Verdict verdict);
    void let_in(MqttConnection& connection, tenancy::Verdict verdict);
    void expire_deadlines();
    [[nodiscard]] bool is_done();

    // shard_store.cpp
    void store();

    // shard_faults.cpp
    /// True: faults decide what becomes of the acknowledgement.
    bool send_late(MqttConnection& connection, wire::Version version, const wire::Packet& packet);
    void run_fault_timers();
    /// A client that faults keep from being heard is not silent by its own fault.
    void excuse_held();
    [[nodiscard]] base::SteadyTime next_turn() const;

    const ShardLimits limits_;
    Judge& judge_;
    Homes& homes_;
    const base::Clock& clock_;
    std::unique_ptr<EventLoop> loop_;
    std::unique_ptr<core::Journal> journal_;  // None: nothing outlives the process.
    OnStored on_stored_;
    bool is_store_failing_ = false;
    core::BrokerCore core_;
    ConnectionTable connections_;
    std::vector<std::unique_ptr<MqttConnection>> gone_;  // Until the turn's end: events may still name them.
    std::vector<MqttConnection*> to_flush_;
    std::vector<MqttConnection*> flushing_;
    std::vector<core::ConnectionId> to_pump_;  // They take more again.
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    Deadlines handshake_deadlines_;
    Deadlines connect_deadlines_;
    Deadlines close_deadlines_;
    TokenBucket connect_rate_;
    core::Turns turns_;
    NetCounters counters_;
    std::ptrdiff_t unwritten_ = 0;
    std::string read_buffer_;
    std::vector<std::string> buffers_;
    std::multimap<base::SteadyTime, core::ConnectionId> resumes_;
    std::multimap<base::SteadyTime, std::pair<core::ConnectionId, std::string>> late_acknowledgements_;
    std::optional<base::SteadyTime> turn_now_;
    base::SteadyTime next_tick_;
    std::optional<base::SteadyTime> stop_by_;
    std::thread thread_;
};

}  // namespace muster::testbroker::net

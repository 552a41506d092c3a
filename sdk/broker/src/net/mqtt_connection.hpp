// SPDX-License-Identifier: Apache-2.0
// One MQTT connection: bytes in, packets to its host; packets out, gathered and written at the end of the turn.
#pragma once

#include "core/output.hpp"
#include "net/connection_faults.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "tenancy/admission.hpp"
#include "wire/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace muster::testbroker::net {

class MqttConnection;

/// What a connection needs of its shard, and tells it. Threads: the shard's.
class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;
    virtual EventLoop& loop() = 0;
    /// A buffer that is everybody's, for the length of one call.
    virtual std::string& read_buffer() = 0;
    /// Buffers go round, so that an idle connection holds none.
    virtual std::string take_buffer() = 0;
    virtual void give_buffer(std::string buffer) = 0;
    /// `flush` is to be called at the end of the turn.
    virtual void flush_later(MqttConnection& connection) = 0;
    /// What was read is dealt with: if it was answered, `flush` may be called now, while the kernel's part of the socket is in the cache.
    virtual void was_dealt_with(MqttConnection& connection) = 0;
    /// Called before anything is written: what it may depend on is stored now. Cuts the connection if it could not be.
    virtual void commit() = 0;
    /// TLS is up.
    virtual void secured(MqttConnection& connection) = 0;
    /// Its first packet is there, as `greeting`; nothing more is read until `take_in`. False: it has left, perhaps for another thread.
    virtual bool greeted(MqttConnection& connection) = 0;
    virtual void received(MqttConnection& connection, const wire::Frame& frame) = 0;
    /// Its events come after the next ones.
    virtual void comes_next(core::ConnectionId id) = 0;
    virtual void malformed(MqttConnection& connection, const wire::DecodeError& error) = 0;
    virtual void writable(MqttConnection& connection) = 0;
    /// So many bytes of MQTT passed the socket.
    virtual void was_read(std::size_t bytes) = 0;
    virtual void was_written(std::size_t bytes) = 0;
    /// Bytes that wait to be written, more or fewer than before.
    virtual void pending_changed(std::ptrdiff_t difference) = 0;
    /// None while no fault stands.
    virtual testbroker::faults::Plan* faults() = 0;
    /// Empty until it was let in.
    [[nodiscard]] virtual testbroker::faults::Client client_of(const MqttConnection& connection) const = 0;
    virtual base::SteadyTime now() = 0;
    /// A fault holds the connection: `resume` is to be called then, or whenever the faults are others.
    virtual void resume_at(MqttConnection& connection, base::SteadyTime when) = 0;
    /// Once, and last; the host destroys the connection after the turn.
    virtual void lost(MqttConnection& connection) = 0;
};

///     handshaking --> greeting -- the first packet --> judged -- take_in --> open -- close --> closing --> gone
///     cut, or an error: --> gone at once
/// Threads: the host's, which may change while it is judged.
class MqttConnection final : public EventHandler {
public:
    MqttConnection(Stream stream, std::size_t max_packet_size);

    /// Begins to listen, or goes on listening, for this host, which knows it by this id.
    void join(ConnectionHost& host, core::ConnectionId id);
    /// Leaves its host for another's; only while judged.
    void leave();
    /// While judged: the client was let in with its first packet, and is read on.
    void take_in(wire::Version version);
    /// While judged: the first packet.
    [[nodiscard]] wire::Frame greeting() const;

    [[nodiscard]] core::ConnectionId id() const { return id_; }
    [[nodiscard]] bool is_handshaking() const { return state_ == State::handshaking; }
    [[nodiscard]] bool has_greeted() const { return state_ >= State::judged; }
    [[nodiscard]] bool is_judged() const { return state_ == State::judged; }
    [[nodiscard]] bool is_closing() const { return state_ == State::closing; }
    /// TLS only.
    [[nodiscard]] bool was_secured() const { return was_secured_; }
    [[nodiscard]] const Stream& stream() const { return stream_; }
    void set_peer(tenancy::PeerIdentity peer) { peer_ = std::make_unique<tenancy::PeerIdentity>(std::move(peer)); }
    [[nodiscard]] tenancy::PeerIdentity peer() const { return peer_ ? *peer_ : tenancy::PeerIdentity{}; }
    /// For a stream whose other end is not the client itself.
    void set_remote(std::string remote) { remote_ = std::make_unique<std::string>(std::move(remote)); }
    /// Where the client is, as `peer_name` has it.
    [[nodiscard]] std::string remote() const { return remote_ ? *remote_ : peer_name(stream_.fd()); }
    [[nodiscard]] wire::Version version() const { return version_; }

    /// The buffer to append packets to; `appended` follows.
    [[nodiscard]] std::string& outgoing();
    void appended();
    [[nodiscard]] std::size_t pending_bytes() const { return outgoing_.size() - written_; }
    /// Somebody has more for it, and waits until less is unwritten: the host's `writable` follows.
    void await_writable() { is_awaited_ = true; }
    /// Writes what it can.
    void flush();
    /// Closes after everything has been written.
    void close();
    /// Closes at once, without a goodbye.
    void cut() { end(); }

    /// What faults hold of it, made if needed.
    [[nodiscard]] ConnectionFaults& faults();
    [[nodiscard]] bool is_held() const { return faults_ && (faults_->holds_reading || faults_->holds_writing); }
    [[nodiscard]] bool is_doomed() const { return faults_ && faults_->is_doomed; }
    /// Its handshake is never answered.
    void stall();
    /// What held it may be over.
    void resume();
    /// A packet was appended.
    void count_sent_packet();

    void on_events(std::uint32_t events) override;
    void come_next() override { host_->comes_next(id_); }

private:
    enum class State : std::uint8_t { handshaking, greeting, judged, open, closing, gone };

    void shake_hands();
    void read();
    /// False: the connection has left its host.
    bool take(std::string_view bytes);
    /// Every whole packet, in place; returns what is left.
    std::string_view decode(std::string_view bytes);
    void discard();
    void count_pending();
    void finish_if_written();
    void want(std::uint32_t events);
    void want_what_faults_allow();
    // mqtt_connection_faults.cpp
    /// How many bytes may pass now; 0: it is held.
    [[nodiscard]] std::size_t allowed(Direction direction);
    /// True: cut it now.
    [[nodiscard]] bool passed(Direction direction, std::size_t bytes);
    [[nodiscard]] bool passed_packet(Direction direction);
    void end();

    Stream stream_;
    ConnectionHost* host_ = nullptr;
    core::ConnectionId id_ = 0;
    std::uint32_t max_packet_size_;
    std::uint32_t wanted_ = 0;
    State state_;
    wire::Version version_ = wire::Version::v5;
    bool flush_scheduled_ = false;
    bool was_secured_ = false;
    bool is_awaited_ = false;
    bool is_finished_ = false;  // Nothing more is sent; the peer's end is awaited.
    std::unique_ptr<tenancy::PeerIdentity> peer_;
    std::unique_ptr<std::string> remote_;
    std::string kept_;      // The beginning of a packet.
    std::string outgoing_;  // Empty and without memory while nothing waits.
    std::size_t written_ = 0;
    std::size_t counted_pending_ = 0;
    std::unique_ptr<ConnectionFaults> faults_;
};

}  // namespace muster::testbroker::net

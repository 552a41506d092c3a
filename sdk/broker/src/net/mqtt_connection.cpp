// SPDX-License-Identifier: Apache-2.0
// One MQTT connection.
#include "net/mqtt_connection.hpp"

#include "net/stranger.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace muster::testbroker::net {
namespace {

// Above this many unwritten bytes the client does not read; it costs its connection.
constexpr std::size_t max_pending_bytes = 8U << 20U;
constexpr std::size_t compact_above_bytes = 256U << 10U;
constexpr std::size_t writable_below_bytes = 64U << 10U;

}  // namespace

MqttConnection::MqttConnection(Stream stream, std::size_t max_packet_size)
    : stream_(std::move(stream)),
      max_packet_size_(static_cast<std::uint32_t>(max_packet_size)),
      state_(stream_.is_tls() ? State::handshaking : State::greeting) {}

void MqttConnection::join(ConnectionHost& host, core::ConnectionId id) {
    host_ = &host;
    id_ = id;
    wanted_ = EPOLLIN;
    if (!host.loop().watch(stream_.fd(), wanted_, *this)) end();
}

void MqttConnection::leave() {
    host_->loop().forget(stream_.fd());
    host_ = nullptr;
}

void MqttConnection::want(std::uint32_t events) {
    if (std::exchange(wanted_, events) != events) host_->loop().change(stream_.fd(), events, *this);
}

void MqttConnection::on_events(std::uint32_t events) {
    if (state_ == State::gone) return;
    const bool is_over = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (faults_ && faults_->holds_reading && state_ != State::closing && is_over) return end();
    if (state_ == State::handshaking) return shake_hands();
    if ((events & EPOLLOUT) != 0) appended();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (state_ == State::judged) return end();  // Nothing is read meanwhile: this is the peer's end.
    if (state_ == State::closing) return discard();
    if (state_ != State::gone) read();
}

// While nothing is read, only the peer's end is of interest.
void MqttConnection::want_what_faults_allow() {
    const bool reads = !faults_ || !faults_->holds_reading || state_ == State::closing;
    const bool writes = pending_bytes() > 0 && (!faults_ || !faults_->holds_writing);
    want((reads ? EPOLLIN : EPOLLRDHUP) | (writes ? EPOLLOUT : 0U));
}

void MqttConnection::shake_hands() {
    if (allowed(Direction::received) == 0) return want(EPOLLRDHUP);
    switch (stream_.handshake()) {
        case IoState::done:
            state_ = State::greeting;
            was_secured_ = true;
            want(EPOLLIN);
            set_peer(stream_.peer());
            host_->secured(*this);
            if (stream_.has_buffered()) read();  // The client has spoken already.
            return;
        case IoState::wants_read:
            return want(EPOLLIN);
        case IoState::wants_write:
            return want(EPOLLOUT);
        case IoState::closed:
            if (const char* stranger = describe_failed_handshake(ERR_peek_error()))
                host_->malformed(*this, {wire::ReasonCode::malformed_packet, stranger, 0});
            return end();
    }
}

void MqttConnection::read() {
    std::string& buffer = host_->read_buffer();
    do {
        const std::size_t most = std::min(buffer.size(), allowed(Direction::received));
        if (most == 0) return want_what_faults_allow();
        const IoResult result = stream_.read(buffer.data(), most);
        if (result.state == IoState::closed) return end();
        if (result.state != IoState::done) return;
        host_->was_read(result.count);
        const bool is_cut = passed(Direction::received, result.count);
        if (!take({buffer.data(), result.count})) return;
        if (is_cut) return end();
    } while (stream_.has_buffered() && (state_ == State::greeting || state_ == State::open));
    host_->was_dealt_with(*this);
}

bool MqttConnection::take(std::string_view bytes) {
    if (kept_.empty()) {
        const std::string_view rest = decode(bytes);
        if (state_ != State::gone) kept_.assign(rest);
    } else {
        kept_.append(bytes);
        const std::size_t left = decode(kept_).size();
        if (state_ != State::gone) kept_.erase(0, kept_.size() - left);
        if (kept_.empty()) kept_ = {};  // An idle connection keeps no memory.
    }
    if (state_ != State::judged) return true;
    if (!host_->greeted(*this)) return false;
    if (state_ == State::judged) want(0);
    return true;
}

std::string_view MqttConnection::decode(std::string_view bytes) {
    if (state_ == State::greeting && !bytes.empty()) {
        // At once: as a packet it could seem to be a long one, of which the rest is to come.
        if (const char* stranger = describe_stranger(bytes)) host_->malformed(*this, {wire::ReasonCode::protocol_error, stranger, 0});
    }
    while (state_ == State::greeting || state_ == State::open) {
        const auto next = wire::next_frame(bytes, max_packet_size_);
        if (const auto* error = std::get_if<wire::DecodeError>(&next)) host_->malformed(*this, *error);
        const auto* frame = std::get_if<wire::Frame>(&next);
        if (frame == nullptr) break;
        if (state_ == State::greeting) {
            state_ = State::judged;
            break;
        }
        host_->received(*this, *frame);
        if (state_ == State::open && passed_packet(Direction::received)) end();
        bytes.remove_prefix(frame->total_size);
    }
    return bytes;
}

wire::Frame MqttConnection::greeting() const {
    return std::get<wire::Frame>(wire::next_frame(kept_, max_packet_size_));
}

void MqttConnection::take_in(wire::Version version) {
    if (state_ != State::judged) return;
    version_ = version;
    peer_.reset();
    state_ = State::open;
    const std::size_t left = decode(std::string_view(kept_).substr(greeting().total_size)).size();
    if (state_ == State::gone) return;
    kept_.erase(0, kept_.size() - left);
    if (kept_.empty()) kept_ = {};
    if (state_ != State::open) return;
    want(wanted_ | EPOLLIN);
    if (stream_.has_buffered()) read();
}

std::string& MqttConnection::outgoing() {
    if (outgoing_.empty()) outgoing_ = host_->take_buffer();
    return outgoing_;
}

void MqttConnection::appended() {
    if (flush_scheduled_ || state_ == State::gone) return;
    flush_scheduled_ = true;
    host_->flush_later(*this);
}

void MqttConnection::flush() {
    flush_scheduled_ = false;
    if (state_ != State::gone && pending_bytes() > 0) host_->commit();
    if (state_ == State::gone || is_finished_) return;
    while (written_ < outgoing_.size()) {
        const std::size_t most = allowed(Direction::sent);
        if (most == 0) break;
        const IoResult result = stream_.write(std::string_view(outgoing_).substr(written_, most));
        if (result.state == IoState::closed) return end();
        if (result.state != IoState::done) break;
        written_ += result.count;
        host_->was_written(result.count);
        if (passed(Direction::sent, result.count)) return end();
    }
    if (is_doomed() && pending_bytes() == 0) return end();
    if (pending_bytes() > max_pending_bytes) return end();
    if (pending_bytes() == 0 && !outgoing_.empty()) {
        host_->give_buffer(std::exchange(outgoing_, {}));
        written_ = 0;
    } else if (written_ > compact_above_bytes) {
        outgoing_.erase(0, std::exchange(written_, 0));
    }
    count_pending();
    if (state_ == State::judged) return;
    want_what_faults_allow();
    finish_if_written();
    // Also if all went out at once: there is no event for that.
    if (pending_bytes() < writable_below_bytes && state_ == State::open && std::exchange(is_awaited_, false)) host_->writable(*this);
}

void MqttConnection::count_pending() {
    const std::size_t pending = pending_bytes();
    if (pending == counted_pending_) return;
    host_->pending_changed(static_cast<std::ptrdiff_t>(pending) - static_cast<std::ptrdiff_t>(counted_pending_));
    counted_pending_ = pending;
}

void MqttConnection::close() {
    if (state_ == State::closing || state_ == State::gone) return;
    state_ = State::closing;
    appended();
}

// The peer reads our last bytes only if its own are taken from the socket: a close with bytes unread would reset the connection.
void MqttConnection::finish_if_written() {
    if (state_ != State::closing || pending_bytes() > 0 || is_finished_) return;
    is_finished_ = true;
    stream_.finish();
}

void MqttConnection::discard() {
    std::string& buffer = host_->read_buffer();
    const IoResult result = stream_.read(buffer.data(), buffer.size());
    if (result.state == IoState::closed) end();
}

void MqttConnection::end() {
    if (state_ == State::gone) return;
    state_ = State::gone;
    // That it is closed would not do: a process that was forked a moment ago may hold it as well, and then its events go on.
    host_->loop().forget(stream_.fd());
    outgoing_ = {};  // Not `kept_`: its packets may be in use further up.
    written_ = 0;
    count_pending();
    host_->lost(*this);
}

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// One MQTT connection over TCP or TLS.
#include "net/mqtt_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <utility>

namespace muster::testbroker::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::chrono::seconds handshake_deadline{10};
constexpr std::chrono::seconds close_deadline{2};  // For the last bytes and TLS's goodbye.
constexpr std::size_t read_bytes = 16U << 10U;
// Above this many unwritten bytes the client does not read; it costs its connection.
constexpr std::size_t max_pending_bytes = 8U << 20U;
constexpr std::size_t writable_below_bytes = 64U << 10U;

///     handshaking --> open -- close --> draining --> gone;   cut, or an error: --> gone at once
/// Threads: the io thread.
template <class Stream>
class Connection final : public MqttConnection, public std::enable_shared_from_this<Connection<Stream>> {
public:
    Connection(Stream stream, core::ConnectionId id, std::size_t max_packet_size, ConnectionEvents& events)
        : stream_(std::move(stream)), timer_(stream_.get_executor()), id_(id), max_packet_size_(max_packet_size), events_(events) {}

    void start() override {
        error_code ignored;
        stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            limit(handshake_deadline);
            stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
                self->timer_.cancel();
                if (error) return self->end();
                self->open({peer_certificate(self->stream_.native_handle())});
            });
        } else {
            open({});
        }
    }

    void flush() override {
        if (flush_scheduled_ || is_writing_ || outgoing_.empty()) return;
        flush_scheduled_ = true;
        asio::post(stream_.get_executor(), [self = this->shared_from_this()] {
            self->flush_scheduled_ = false;
            self->write();
        });
    }

    void close() override {
        if (is_closing_) return;
        is_closing_ = true;
        limit(close_deadline);
        flush();
        if (outgoing_.empty() && !is_writing_)
            asio::post(stream_.get_executor(), [self = this->shared_from_this()] { self->say_goodbye(); });
    }

    void cut() override { end(); }

private:
    void limit(std::chrono::seconds time) {
        timer_.expires_after(time);
        timer_.async_wait([self = this->shared_from_this()](error_code error) {
            if (!error) self->end();
        });
    }

    void open(tenancy::PeerIdentity peer) {
        if (is_gone_) return;
        events_.opened(id_, std::move(peer));
        read();
    }

    void read() {
        if (is_gone_ || is_closing_) return;
        const std::size_t kept = incoming_.size();
        incoming_.resize(kept + read_bytes);
        stream_.async_read_some(asio::buffer(incoming_.data() + kept, read_bytes),
                                [self = this->shared_from_this(), kept](error_code error, std::size_t count) {
                                    self->incoming_.resize(kept + (error ? 0 : count));
                                    if (error) return self->end();
                                    self->decode();
                                    self->read();
                                });
    }

    // Every whole packet of what was read, in place.
    void decode() {
        std::string_view rest = incoming_;
        while (!is_gone_ && !is_closing_) {
            const auto next = wire::next_frame(rest, max_packet_size_);
            if (std::holds_alternative<wire::NeedMore>(next)) break;
            if (const auto* error = std::get_if<wire::DecodeError>(&next)) return events_.malformed(id_, *error);
            const auto& frame = std::get<wire::Frame>(next);
            const auto decoded = wire::decode(frame, events_.version_of(id_));
            if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return events_.malformed(id_, *error);
            events_.received(id_, std::get<wire::Packet>(decoded));
            rest.remove_prefix(frame.total_size);
        }
        incoming_.erase(0, incoming_.size() - rest.size());
    }

    void write() {
        if (is_gone_ || is_writing_) return;
        if (pending_bytes() > max_pending_bytes) return end();
        if (outgoing_.empty()) {
            if (is_closing_) say_goodbye();
            return;
        }
        writing_.clear();
        writing_.swap(outgoing_);
        is_writing_ = true;
        asio::async_write(stream_, asio::buffer(writing_), [self = this->shared_from_this()](error_code error, std::size_t) {
            self->is_writing_ = false;
            self->writing_.clear();
            if (error) return self->end();
            if (!self->is_closing_ && self->outgoing_.size() < writable_below_bytes) self->events_.writable(self->id_);
            self->write();
        });
    }

    void say_goodbye() {
        if (is_gone_) return;
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->end(); });
        } else {
            error_code ignored;
            stream_.shutdown(tcp::socket::shutdown_send, ignored);
            end();
        }
    }

    void end() {
        if (std::exchange(is_gone_, true)) return;
        const auto self = this->shared_from_this();  // `lost` may let go of the last other owner.
        timer_.cancel();
        error_code ignored;
        stream_.lowest_layer().close(ignored);
        events_.lost(id_);
    }

    Stream stream_;
    asio::steady_timer timer_;
    core::ConnectionId id_;
    std::size_t max_packet_size_;
    ConnectionEvents& events_;
    std::string incoming_;
    bool flush_scheduled_ = false;
    bool is_writing_ = false;
    bool is_closing_ = false;
    bool is_gone_ = false;
};

}  // namespace

std::shared_ptr<MqttConnection> make_tcp_connection(tcp::socket socket, core::ConnectionId id, std::size_t max_packet_size,
                                                    ConnectionEvents& events) {
    return std::make_shared<Connection<tcp::socket>>(std::move(socket), id, max_packet_size, events);
}

std::shared_ptr<MqttConnection> make_tls_connection(tcp::socket socket, TlsContext& tls, core::ConnectionId id, std::size_t max_packet_size,
                                                    ConnectionEvents& events) {
    return std::make_shared<Connection<TlsStream>>(TlsStream(std::move(socket), tls.context()), id, max_packet_size, events);
}

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// A session on a connection: dialled, through a proxy, TLS and WebSocket as it may be.
#include "base/file_lock.hpp"
#include "base/random.hpp"
#include "base/uuid.hpp"
#include "client/client_session.hpp"
#include "client/http_note.hpp"
#include "client/http_stream.hpp"
#include "client/properties.hpp"
#include "wire/text.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <poll.h>

#include <algorithm>
#include <utility>

namespace muster::fleet {
namespace {

using Clock = MqttClient::Clock;

// How long a PINGRESP may take, in keep-alive intervals: half of one, as brokers allow clients.
constexpr int pong_share = 2;
// So long a closing connection may take to send what is left.
constexpr std::chrono::milliseconds goodbye{1'000};

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> check_text(const std::optional<std::string>& text, const char* what) {
    if (!text || (text->size() <= wire::max_string_bytes && wire::is_text(*text))) return {};
    return refuse(std::string(what) + ": not UTF-8 of at most 65,535 bytes without NUL");
}

Result<void> check_connection(const MqttConnection& connection) {
    if (connection.endpoints.empty()) return refuse("there is no endpoint to connect to");
    if (auto checked = check_text(connection.client_id, "client id"); !checked) return checked;
    if (auto checked = check_text(connection.username, "user name"); !checked) return checked;
    if (connection.password && connection.password->size() > wire::max_string_bytes)
        return refuse("the password is longer than 65,535 bytes");
    if (connection.keep_alive.count() < 0 || connection.keep_alive.count() > 65'535) return refuse("keep alive is 0 to 65,535 seconds");
    if (connection.protocol == Protocol::mqtt311 && connection.password && !connection.username)
        return refuse("MQTT 3.1.1 has no password without a user name");
    if (auto checked = check_properties(connection.properties); !checked) return checked;
    if (!connection.will) return {};
    if (auto checked = check_topic_name(connection.will->topic); !checked) return std::move(checked).error().in("will");
    if (connection.will->payload.size() > wire::max_string_bytes) return refuse("will: the payload is longer than 65,535 bytes");
    return check_properties(connection.will->properties);
}

std::string some_client_id() {
    base::SystemRandom random;
    return base::make_uuid_v4(random);
}

std::string place_of(const base::Endpoint& endpoint) {
    const std::string url = endpoint.url();
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.size() - begin - endpoint.path.size());
}

Error no_plaintext(const base::Endpoint& endpoint) {
    return refuse(endpoint.url() + ": without TLS anybody on the way can read what is said",
                  std::string("connect to ") + (endpoint.is_websocket() ? "wss" : "mqtts") + "://" + place_of(endpoint) + endpoint.path +
                      ", or say --allow-plaintext");
}

// A second connection with the device's client id would end the first, and a renewal make one.
Result<std::optional<base::FileLock>> lock_identity(const MqttConnection& connection) {
    const auto& directory = connection.tls.identity_dir;
    std::optional<base::FileLock> held;
    if (directory.empty() || !connection.client_id.empty()) return held;
    auto lock = base::FileLock::acquire_directory(directory);
    // That there is none is said better where its files are read.
    if (!lock && lock.error().code() == Code::not_found) return held;
    if (!lock) return std::move(lock).error();
    held.emplace(std::move(*lock));
    return held;
}

// Another node may do better than this one.
bool is_worth_another(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

}  // namespace

class MqttClient::Impl {
public:
    static Result<std::unique_ptr<Impl>> open(const MqttConnection& connection, const base::Endpoint& endpoint, const TlsContext* tls);

    Result<MqttEvent> next(Clock::time_point until, int wake);
    Result<void> finish(Clock::time_point until);
    void close(const MqttProperties& properties, bool with_will);

    [[nodiscard]] std::size_t unsent() const { return out.size() + (websocket_ ? websocket_->output() : plain_).size(); }

    std::optional<base::FileLock> identity_lock;
    std::string place;
    std::optional<TlsSessionFile> tls_session;  ///< Outlives the stream.
    std::optional<ToolSession> session;
    std::string out;  ///< Packets that have not left.

private:
    Result<void> greet(const MqttConnection& connection, const base::Endpoint& endpoint, const TlsContext* tls);
    /// What goes to the socket.
    [[nodiscard]] std::string& leaving() { return websocket_ ? websocket_->output() : plain_; }
    Result<void> flush();
    /// As ByteStream::read.
    Result<bool> read();
    /// Waits once for the network, at most until the next PINGREQ is due.
    Result<bool> turn(Clock::time_point until, int wake);
    Result<Clock::time_point> keep_alive(Clock::time_point until);

    ByteStream stream_;
    int interrupt_ = -1;
    std::string plain_;  ///< What goes to the socket without WebSocket.
    std::string raw_;    ///< What has just come, with WebSocket.
    std::string in_;     ///< Packets.
    base::SystemRandom random_;
    base::Endpoint endpoint_;                              ///< Of WebSocket, which refers to it.
    std::optional<transport::WebSocketClient> websocket_;  ///< None: MQTT right over the stream.
    Clock::time_point last_sent_ = Clock::now();
    Clock::time_point pinged_ = last_sent_;
};

Result<void> MqttClient::Impl::flush() {
    if (!out.empty()) {
        if (websocket_) {
            websocket_->say(out);
        } else {
            plain_ += out;
        }
        out.clear();
        last_sent_ = Clock::now();
    }
    return leaving().empty() ? Result<void>() : stream_.write(leaving());
}

Result<bool> MqttClient::Impl::read() {
    raw_.clear();
    auto got = stream_.read(websocket_ ? raw_ : in_);
    if (tls_session) tls_session->store();  // In TLS 1.3 it comes along with what is read.
    if (websocket_) {
        if (auto heard = websocket_->hear(raw_, in_); !heard && got) got = std::move(heard).error();
    }
    session->read(in_, out);
    return got;
}

Result<void> MqttClient::Impl::greet(const MqttConnection& connection, const base::Endpoint& endpoint, const TlsContext* tls) {
    const Patience patience{Clock::now() + connection.connect_timeout, connection.interrupt};
    ProxyPlace target{endpoint.host, endpoint.port};
    if (!connection.proxy.url.empty()) {
        auto proxy = parse_proxy(connection.proxy.url);
        if (!proxy) return std::move(proxy).error();
        target = *proxy;
    }
    auto socket = dial(target.host, target.port, patience);
    if (!socket && !connection.proxy.url.empty()) return std::move(socket).error().in("the proxy " + connection.proxy.url);
    if (!socket) return std::move(socket).error();
    stream_ = ByteStream(std::move(*socket));
    if (!connection.proxy.url.empty()) {
        if (auto opened = open_tunnel(stream_, connection.proxy, endpoint, patience, connection.observer); !opened) return opened;
    }
    if (tls != nullptr) {
        const MqttTls& how = connection.tls;
        if (!how.session_file.empty())
            tls_session.emplace(TlsSessionFile::Use{how.session_file, endpoint.host, place, tls->fingerprint, how.verify_server});
        if (auto secured = stream_.secure(*tls, endpoint.host, patience, tls_session ? &*tls_session : nullptr); !secured) return secured;
    }
    if (endpoint.is_websocket()) {
        endpoint_ = endpoint;
        websocket_.emplace(endpoint_, random_, http_observer(connection.observer));
        if (auto opened = open_websocket(stream_, *websocket_, patience, in_); !opened) return opened;
    }
    std::string client_id = connection.client_id;
    if (client_id.empty() && tls != nullptr) client_id = tls->common_name;
    session.emplace(connection, client_id.empty() ? some_client_id() : client_id, out);
    while (!session->is_connected()) {
        if (auto flushed = flush(); !flushed) return flushed;
        auto got = read();
        if (session->failure()) return *session->failure();
        if (session->is_connected()) break;
        if (!got) return std::move(got).error();
        if (auto waited = wait_until_ready(stream_.fd(), stream_.events(!leaving().empty()), patience, "CONNACK"); !waited) return waited;
    }
    return {};
}

Result<std::unique_ptr<MqttClient::Impl>> MqttClient::Impl::open(const MqttConnection& connection, const base::Endpoint& endpoint,
                                                                 const TlsContext* tls) {
    auto opened = std::make_unique<Impl>();
    opened->place = place_of(endpoint);
    opened->interrupt_ = connection.interrupt;
    if (auto greeted = opened->greet(connection, endpoint, tls); !greeted) {
        if (greeted.error().code() == Code::stopped) return greeted.error();
        return std::move(greeted).error().in(opened->place);
    }
    return opened;
}

Result<Clock::time_point> MqttClient::Impl::keep_alive(Clock::time_point until) {
    const auto interval = session->keep_alive();
    if (interval.count() == 0) return until;
    const auto now = Clock::now();
    const auto pong_due = pinged_ + std::chrono::milliseconds(interval) / pong_share;
    if (session->awaits_pong()) {
        if (now < pong_due) return std::min(until, pong_due);
        return Error{Code::timeout, "the broker has not answered for " +
                                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - pinged_).count()) + " s"};
    }
    if (now >= last_sent_ + interval) {
        session->ping(out);
        pinged_ = now;
        return std::min(until, now + std::chrono::milliseconds(interval) / pong_share);
    }
    return std::min(until, last_sent_ + interval);
}

Result<bool> MqttClient::Impl::turn(Clock::time_point until, int wake) {
    const auto due = keep_alive(until);
    if (!due) return due.error();
    if (auto flushed = flush(); !flushed) {
        // Why it ended may have come before the end.
        for (Result<bool> more = true; more && *more && !session->failure();) more = read();
        return session->failure() ? *session->failure() : flushed.error();
    }
    const auto ready = wait_for(stream_.fd(), stream_.events(!leaving().empty()), wake, {*due, interrupt_});
    if (!ready) return ready.error();
    if (!ready->socket) return ready->wake;
    auto got = read();
    if (!got) return session->failure() ? *session->failure() : got.error();
    return ready->wake;
}

Result<MqttEvent> MqttClient::Impl::next(Clock::time_point until, int wake) {
    std::optional<Error> failure;
    for (bool is_awake = false;;) {
        auto event = session->take_event(out);
        if (!event) {
            // What had to wait until messages were taken.
            session->read(in_, out);
            event = session->take_event(out);
        }
        if (event) return std::move(*event);
        if (session->failure()) return *session->failure();
        if (failure) return *failure;
        if (is_awake || Clock::now() >= until) {
            static_cast<void>(flush());
            return MqttEvent();
        }
        const auto turned = turn(until, wake);
        // Messages that came with the end come first.
        if (!turned) failure = turned.error();
        is_awake = turned && *turned;
    }
}

Result<void> MqttClient::Impl::finish(Clock::time_point until) {
    session->acknowledge(out);
    while ((unsent() > 0 || session->awaits_release()) && !session->failure()) {
        // Nobody takes them here, and what is waited for may be behind them.
        session->drop_messages();
        session->read(in_, out);
        if (session->failure()) break;
        if (auto flushed = flush(); !flushed) return flushed;
        if (unsent() == 0 && !session->awaits_release()) return {};
        if (Clock::now() >= until) return Error{Code::timeout, "the broker has not taken everything in time"};
        if (const auto turned = turn(until, -1); !turned) return turned.error();
    }
    return session->failure() ? Result<void>(*session->failure()) : Result<void>();
}

void MqttClient::Impl::close(const MqttProperties& properties, bool with_will) {
    if (!session->failure()) {
        session->disconnect(properties, with_will, out);
        const Patience patience{Clock::now() + goodbye, -1};
        while (flush() && !leaving().empty() && wait_until_ready(stream_.fd(), POLLOUT, patience, "goodbye")) {
        }
    }
    stream_.shut_down();
}

MqttClient::MqttClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttClient::~MqttClient() = default;

Result<std::unique_ptr<MqttClient>> MqttClient::connect(const MqttConnection& connection) {
    if (auto checked = check_connection(connection); !checked) return std::move(checked).error();
    std::vector<base::Endpoint> endpoints;
    for (const auto& url : connection.endpoints) {
        auto endpoint = base::parse_endpoint(url);
        if (!endpoint) return std::move(endpoint).error();
        if (!endpoint->is_tls() && !endpoint->is_loopback() && !connection.allow_plaintext) return no_plaintext(*endpoint);
        endpoints.push_back(std::move(*endpoint));
    }
    auto lock = lock_identity(connection);
    if (!lock) return std::move(lock).error();
    std::optional<TlsContext> tls;
    if (std::any_of(endpoints.begin(), endpoints.end(), [](const auto& endpoint) { return endpoint.is_tls(); })) {
        auto made = make_tls_context(connection.tls);
        if (!made) return std::move(made).error();
        tls = std::move(*made);
    }
    std::optional<Error> failure;
    for (const auto& endpoint : endpoints) {
        auto opened = Impl::open(connection, endpoint, endpoint.is_tls() ? &*tls : nullptr);
        if (opened) {
            if (*lock) (*opened)->identity_lock.emplace(std::move(**lock));
            return std::unique_ptr<MqttClient>(new MqttClient(std::move(*opened)));
        }
        const Error& error = opened.error();
        const std::string message = failure ? failure->message() + "; " + error.message() : error.message();
        failure = Error(error.code(), message, error.hint());
        if (!is_worth_another(error.code())) break;
    }
    return *failure;
}

const std::string& MqttClient::client_id() const {
    return impl_->session->client_id();
}

bool MqttClient::is_session_present() const {
    return impl_->session->is_session_present();
}

const std::string& MqttClient::place() const {
    return impl_->place;
}

std::optional<MqttTlsSession> MqttClient::tls_session() const {
    return impl_->tls_session ? std::optional<MqttTlsSession>(impl_->tls_session->account()) : std::nullopt;
}

std::size_t MqttClient::room() const {
    return impl_->session->room();
}

std::size_t MqttClient::unsent() const {
    return impl_->unsent();
}

Result<std::uint16_t> MqttClient::publish(const MqttMessage& message) {
    if (auto checked = check_topic_name(message.topic); !checked) return std::move(checked).error();
    if (auto checked = check_properties(message.properties); !checked) return std::move(checked).error();
    if (impl_->session->failure()) return *impl_->session->failure();
    return impl_->session->publish(message, impl_->out);
}

Result<std::uint16_t> MqttClient::subscribe(const std::vector<MqttFilter>& filters, const MqttProperties& properties) {
    for (const auto& filter : filters) {
        if (auto checked = check_topic_filter(filter.filter); !checked) return std::move(checked).error();
    }
    if (auto checked = check_properties(properties); !checked) return std::move(checked).error();
    return impl_->session->subscribe(filters, properties, impl_->out);
}

Result<std::uint16_t> MqttClient::unsubscribe(const std::vector<std::string>& filters, const MqttProperties& properties) {
    for (const auto& filter : filters) {
        if (auto checked = check_topic_filter(filter); !checked) return std::move(checked).error();
    }
    if (auto checked = check_properties(properties); !checked) return std::move(checked).error();
    return impl_->session->unsubscribe(filters, properties, impl_->out);
}

Result<MqttEvent> MqttClient::next(Clock::time_point until, int wake) {
    return impl_->next(until, wake);
}

Result<void> MqttClient::finish(Clock::time_point until) {
    return impl_->finish(until);
}

void MqttClient::disconnect(const MqttProperties& properties, bool with_will) {
    impl_->close(properties, with_will);
}

}  // namespace muster::fleet

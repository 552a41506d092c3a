// SPDX-License-Identifier: Apache-2.0
// One connection attempt on one Paho client.
#include "transport/paho_link.hpp"

#include "base/uri.hpp"
#include "transport/paho_reasons.hpp"

#include <algorithm>

namespace muster::transport {
namespace {

constexpr int mqtt_5 = MQTTVERSION_5;

// Paho's names for the schemes; the endpoint was checked when the configuration was read.
std::string paho_uri(const std::string& endpoint) {
    const bool tls = endpoint.rfind("mqtts://", 0) == 0;
    return (tls ? "ssl://" : "tcp://") + endpoint.substr(tls ? 8 : 7);
}

mqtt::create_options create_options() {
    mqtt::create_options options(mqtt_5);
    options.set_send_while_disconnected(false);
    return options;
}

template <class T>
T property_or(const mqtt::properties& properties, mqtt::property::code code, T fallback) {
    return properties.contains(code) ? mqtt::get<T>(properties, code) : fallback;
}

LinkUp describe(const mqtt::token& token) {
    const auto response = token.get_connect_response();
    const auto& properties = response.get_properties();
    LinkUp up;
    up.session_present = response.is_session_present();
    up.receive_maximum = property_or<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM, up.receive_maximum);
    up.maximum_packet_size = property_or<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE, up.maximum_packet_size);
    if (properties.contains(mqtt::property::SERVER_KEEP_ALIVE)) {
        up.server_keep_alive = std::chrono::seconds(mqtt::get<std::uint16_t>(properties, mqtt::property::SERVER_KEEP_ALIVE));
    }
    return up;
}

Result<void> outcome_of(int reason_code, const char* what) {
    if (reason_code < 0x80) return {};
    return error_for_reason(reason_code, what);
}

}  // namespace

struct PahoLink::ConnectListener : mqtt::iaction_listener {
    explicit ConnectListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override { link.up(describe(token)); }
    void on_failure(const mqtt::token& token) override { link.attempt_failed(token.get_reason_code(), token.get_return_code()); }
    PahoLink& link;
};

struct PahoLink::SubscribeListener : mqtt::iaction_listener {
    explicit SubscribeListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        std::vector<Result<void>> outcomes;
        const auto response = token.get_subscribe_response();
        for (const auto code : response.get_reason_codes()) outcomes.push_back(outcome_of(code, "refused"));
        link.subscribed(outcomes);
    }
    // Paho reports a single refused filter as a failure; a lost connection comes without a reason code and is told as link_down.
    void on_failure(const mqtt::token& token) override {
        if (token.get_reason_code() >= 0x80) link.subscribed({outcome_of(token.get_reason_code(), "refused")});
    }
    PahoLink& link;
};

struct PahoLink::PublishListener : mqtt::iaction_listener {
    explicit PublishListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.sent(reinterpret_cast<std::uintptr_t>(token.get_user_context()),
                  outcome_of(token.get_reason_code(), "the broker refused the message"));
    }
    void on_failure(const mqtt::token& token) override {
        const auto outcome = outcome_of(token.get_reason_code(), "the broker refused the message");
        if (!outcome) link.sent(reinterpret_cast<std::uintptr_t>(token.get_user_context()), outcome);
    }
    PahoLink& link;
};

struct PahoLink::DisconnectListener : mqtt::iaction_listener {
    explicit DisconnectListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& /*token*/) override { link.down({Code::stopped, "closed"}); }
    void on_failure(const mqtt::token& /*token*/) override { link.down({Code::stopped, "closed"}); }
    PahoLink& link;
};

PahoLink::PahoLink(LinkId id, const LinkOptions& options, LinkSink& sink)
    : id_(id),
      options_(options),
      tls_(options.endpoint.rfind("mqtts://", 0) == 0),
      sink_(sink),
      on_connect_(std::make_unique<ConnectListener>(*this)),
      on_subscribe_(std::make_unique<SubscribeListener>(*this)),
      on_publish_(std::make_unique<PublishListener>(*this)),
      on_disconnect_(std::make_unique<DisconnectListener>(*this)),
      client_(paho_uri(options.endpoint), options.client_id, create_options(), nullptr) {
    if (tls_) set_tls();
    set_callbacks();
}

PahoLink::~PahoLink() = default;

void PahoLink::set_tls() {
    ssl_.set_trust_store(options_.trust_anchors.string());
    if (!options_.key.empty()) {
        ssl_.set_key_store(options_.certificate.string());
        ssl_.set_private_key(options_.key.string());
    }
    ssl_.set_enable_server_cert_auth(true);
    ssl_.set_verify(true);  // The host name; off by default (measured).
    ssl_.set_error_handler([this](const std::string& line) {
        const std::lock_guard lock(mutex_);
        if (tls_error_.empty()) tls_error_ = line;
    });
}

void PahoLink::set_callbacks() {
    client_.set_connection_lost_handler([this](const std::string& cause) {
        down({Code::unreachable, cause.empty() ? "the connection was lost" : "the connection was lost (" + cause + ")"});
    });
    client_.set_disconnected_handler([this](const mqtt::properties& /*properties*/, mqtt::ReasonCode reason) {
        down(error_for_reason(reason, "the broker ended the connection"));
    });
    client_.set_message_callback([this](const mqtt::const_message_ptr& received) {
        if (!received) return;
        Message message{received->get_topic(), received->get_payload_str(), static_cast<Qos>(received->get_qos()), received->is_retained()};
        const std::lock_guard lock(mutex_);
        if (!is_down_) sink_.message(id_, std::move(message));
    });
}

mqtt::connect_options PahoLink::connect_options() const {
    mqtt::connect_options connect;
    connect.set_mqtt_version(mqtt_5);
    connect.set_clean_session(false);  // 3.1.1's word, which Paho wants false for 5.
    connect.set_clean_start(options_.session_expiry.count() == 0);
    connect.set_automatic_reconnect(false);
    connect.set_keep_alive_interval(options_.keep_alive);
    connect.set_connect_timeout(std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(options_.connect_timeout)));
    connect.set_max_inflight(65'535);  // The window is the session's.
    if (options_.session_expiry.count() > 0) {
        connect.set_properties({{mqtt::property::SESSION_EXPIRY_INTERVAL, static_cast<std::int32_t>(options_.session_expiry.count())}});
    }
    if (!options_.username.empty()) {
        connect.set_user_name(options_.username);
        connect.set_password(options_.password);
    }
    if (tls_) connect.set_ssl(ssl_);
    return connect;
}

void PahoLink::open() {
    try {
        client_.connect(connect_options(), nullptr, *on_connect_);
    } catch (const std::exception& error) {
        down({Code::unreachable, std::string("no connection (") + error.what() + ")"});
    }
}

void PahoLink::subscribe(const std::vector<Subscription>& subscriptions) {
    mqtt::iasync_client::qos_collection qos;
    auto names = std::make_shared<mqtt::string_collection>();
    for (const auto& subscription : subscriptions) {
        names->push_back(subscription.filter);
        qos.push_back(static_cast<int>(subscription.qos));
    }
    {
        const std::lock_guard lock(mutex_);
        requested_ = subscriptions.size();
    }
    try {
        client_.subscribe(names, qos, nullptr, *on_subscribe_, std::vector<mqtt::subscribe_options>(subscriptions.size()));
    } catch (const std::exception& error) {
        down({Code::unreachable, std::string("the connection was lost (") + error.what() + ")"});
    }
}

void PahoLink::send(SendId id, const Message& message) {
    std::uintptr_t context = 0;
    {
        const std::lock_guard lock(mutex_);
        if (is_down_) return;
        context = next_context_++;
        sending_[context] = id;
    }
    try {
        auto packet = mqtt::make_message(message.topic, message.payload, static_cast<int>(message.qos), message.retain);
        client_.publish(packet, reinterpret_cast<void*>(context), *on_publish_);  // NOLINT(performance-no-int-to-ptr): never dereferenced
    } catch (const std::exception& error) {
        down({Code::unreachable, std::string("the connection was lost (") + error.what() + ")"});
    }
}

void PahoLink::close() {
    try {
        if (client_.is_connected()) {
            client_.disconnect(0, nullptr, *on_disconnect_);
            return;
        }
    } catch (const std::exception&) {
        // It was lost in this moment: closed either way.
    }
    down({Code::stopped, "closed"});
}

void PahoLink::attempt_failed(int reason_code, int return_code) {
    std::string tls_error;
    {
        const std::lock_guard lock(mutex_);
        tls_error = tls_error_;
    }
    down(error_for_attempt(reason_code, return_code, tls_error, tls_));
}

void PahoLink::up(const LinkUp& event) {
    const std::lock_guard lock(mutex_);
    if (!is_down_) sink_.link_up(id_, event);
}

void PahoLink::down(const Error& reason) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_down_, true)) return;
    sink_.link_down(id_, reason);
}

void PahoLink::sent(std::uintptr_t context, const Result<void>& outcome) {
    const std::lock_guard lock(mutex_);
    const auto found = sending_.find(context);
    if (is_down_ || found == sending_.end()) return;
    sink_.sent(id_, found->second, outcome);
    sending_.erase(found);
}

void PahoLink::subscribed(const std::vector<Result<void>>& outcomes) {
    const std::lock_guard lock(mutex_);
    if (is_down_) return;
    // One failing code for a request of several filters means all of them.
    sink_.subscribed(id_, outcomes.size() == 1 ? std::vector<Result<void>>(requested_, outcomes.front()) : outcomes);
}

}  // namespace muster::transport

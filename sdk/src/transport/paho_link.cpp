// SPDX-License-Identifier: Apache-2.0
// One connection attempt on one Paho client.
#include "transport/paho_link.hpp"

#include "pki/key_password.hpp"
#include "pki/tls_reason.hpp"
#include "transport/paho_reasons.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace muster::transport {
namespace {

constexpr int mqtt_5 = MQTTVERSION_5;

// What a broker may send us in one packet (MQTT 5.0, section 3.1.2.11.4): without it a hostile one could make Paho reserve 256 MiB.
constexpr std::int32_t maximum_packet_size = 16 << 20;

// Suites that only TLS 1.2 knows, so that nothing older can be agreed on, whatever openssl.cnf says; those of TLS 1.3 are not concerned.
// Paho's own setting for the version would also shut out TLS 1.3.
constexpr const char* tls_1_2_suites = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM";

// Paho's names for the schemes; the endpoint was checked when the configuration was read. An IPv6 address goes without its brackets, which
// Paho 1.3.12 would look for in the server's certificate; the port is what it finds behind the last colon.
std::string paho_uri(const std::string& endpoint) {
    const bool tls = endpoint.rfind("mqtts://", 0) == 0;
    const std::string scheme = tls ? "ssl://" : "tcp://";
    const std::string place = endpoint.substr(tls ? 8 : 7);
    const auto bracket = place.find(']');
    if (place.front() != '[' || bracket == std::string::npos) return scheme + place;
    const std::string port = place.substr(bracket + 1);
    return scheme + place.substr(1, bracket - 1) + (port.empty() ? (tls ? ":8883" : ":1883") : port);
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

// Paho carries a pointer and never dereferences it.
void* as_context(std::uintptr_t number) {
    return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}
std::uintptr_t context_of(const mqtt::token& token) {
    return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

Result<void> outcome_of(int reason_code, const char* what) {
    if (reason_code < 0x80) return {};
    return error_for_reason(reason_code, what);
}

}  // namespace

// Paho's callbacks come from C: what is thrown in one would end the process.
template <class Handle>
void PahoLink::in_callback(const Handle& handle) noexcept {
    try {
        handle();
    } catch (const std::exception& error) {
        down({Code::internal, std::string("Paho: ") + error.what()});
    }
}

struct PahoLink::ConnectListener : mqtt::iaction_listener {
    explicit ConnectListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.in_callback([&] { link.up(describe(token)); });
    }
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] { link.attempt_failed(token); });
    }
    PahoLink& link;
};

struct PahoLink::SubscribeListener : mqtt::iaction_listener {
    explicit SubscribeListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.in_callback([&] { link.subscribed(context_of(token), outcome_of(token.get_reason_code(), "refused")); });
    }
    // A refusal has a reason code; a lost connection has none and is told as link_down.
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] {
            auto outcome = outcome_of(token.get_reason_code(), "refused");
            if (!outcome) link.subscribed(context_of(token), std::move(outcome));
        });
    }
    PahoLink& link;
};

struct PahoLink::PublishListener : mqtt::iaction_listener {
    explicit PublishListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.in_callback([&] { link.sent(context_of(token), outcome_of(token.get_reason_code(), refused)); });
    }
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] {
            const auto outcome = outcome_of(token.get_reason_code(), refused);
            if (!outcome) link.sent(context_of(token), outcome);
        });
    }
    static constexpr const char* refused = "the broker refused the message";
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
    set_callbacks();
}

PahoLink::~PahoLink() = default;

// Paho's error handler is not used: Paho C++ 1.2.0 calls it through a copy of the options that is gone by then (seen). What OpenSSL queued
// on the thread of the failure says at least that it was TLS.
mqtt::ssl_options PahoLink::ssl_options() const {
    mqtt::ssl_options ssl;
    ssl.set_trust_store(options_.trust_anchors.string());
    if (!options_.key.empty()) {
        ssl.set_key_store(options_.certificate.string());
        ssl.set_private_key(options_.key.string());
        ssl.set_private_key_password(options_.key_password.empty() ? pki::no_password : options_.key_password);
    }
    ssl.set_enable_server_cert_auth(true);
    ssl.set_verify(true);  // The host name; off by default (measured).
    ssl.set_enabled_cipher_suites(tls_1_2_suites);
    return ssl;
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
        in_callback([&] {
            Message message{received->get_topic(), received->get_payload_str(), static_cast<Qos>(received->get_qos()),
                            received->is_retained()};
            const std::lock_guard lock(mutex_);
            if (!is_down_) sink_.message(id_, std::move(message));
        });
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
    mqtt::properties properties{{mqtt::property::MAXIMUM_PACKET_SIZE, maximum_packet_size}};
    if (options_.session_expiry.count() > 0) {
        properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, static_cast<std::int32_t>(options_.session_expiry.count())});
    }
    connect.set_properties(std::move(properties));
    if (!options_.username.empty()) {
        connect.set_user_name(options_.username);
        connect.set_password(options_.password);
    }
    if (tls_) connect.set_ssl(ssl_options());
    return connect;
}

PahoLink::After PahoLink::open() {
    try {
        client_.connect(connect_options(), nullptr, *on_connect_);
        return After::keep;
    } catch (const std::exception& error) {
        down({Code::unreachable, std::string("no connection (") + error.what() + ")"});
        return After::destroy;
    }
}

// One packet for each filter: Paho C++ 1.2.0 does not give out the answers to several when the first is a refusal, and crashes on options
// for more than one (both seen).
PahoLink::After PahoLink::subscribe(const std::vector<Subscription>& subscriptions) {
    {
        const std::lock_guard lock(mutex_);
        if (is_down_) return After::keep;
        answers_.assign(subscriptions.size(), std::nullopt);
    }
    for (std::size_t i = 0; i < subscriptions.size(); ++i) {
        try {
            client_.subscribe(subscriptions[i].filter, static_cast<int>(subscriptions[i].qos), as_context(i), *on_subscribe_);
        } catch (const std::exception& error) {
            const auto fault = error_for_refusal(error);
            if (fault.code() == Code::unreachable) {
                down(fault);
                return After::destroy;
            }
            subscribed(i, fault);
        }
    }
    return After::keep;
}

PahoLink::After PahoLink::send(SendId id, const Message& message) {
    std::uintptr_t context = 0;
    {
        const std::lock_guard lock(mutex_);
        if (is_down_) return After::keep;
        context = next_context_++;
        sending_[context] = id;
    }
    try {
        auto packet = mqtt::make_message(message.topic, message.payload, static_cast<int>(message.qos), message.retain);
        client_.publish(packet, as_context(context), *on_publish_);
        return After::keep;
    } catch (const std::exception& error) {
        const auto fault = error_for_refusal(error);
        if (fault.code() == Code::unreachable) {
            down(fault);
            return After::destroy;
        }
        sent(context, fault);  // It is the message's own: the next one may go.
        return After::keep;
    }
}

PahoLink::After PahoLink::close() {
    try {
        if (client_.is_connected()) {
            client_.disconnect(0, nullptr, *on_disconnect_);
            return After::keep;
        }
    } catch (const std::exception&) {
        // It was lost in this moment: closed either way.
    }
    down({Code::stopped, "closed"});
    return After::destroy;
}

void PahoLink::attempt_failed(const mqtt::token& token) {
    FailedAttempt attempt{token.get_reason_code(), token.get_return_code(), {}, {}, tls_};
    if (tls_) attempt.tls_reason = pki::take_tls_reason();
    try {
        // Paho's own words are only in what asking a token throws; this one is complete.
        static_cast<void>(const_cast<mqtt::token&>(token).try_wait());
    } catch (const mqtt::exception& error) {
        attempt.words = error.get_message();
    }
    down(error_for_attempt(attempt));
}

void PahoLink::up(const LinkUp& event) {
    const std::lock_guard lock(mutex_);
    if (!is_down_) sink_.link_up(id_, event);
}

void PahoLink::down(const Error& reason) {
    if (tls_) static_cast<void>(pki::take_tls_reason());  // Not to be found by a later attempt on Paho's thread.
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

void PahoLink::subscribed(std::size_t index, Result<void> outcome) {
    const std::lock_guard lock(mutex_);
    if (is_down_ || index >= answers_.size()) return;
    answers_[index] = std::move(outcome);
    std::vector<Result<void>> all;
    for (const auto& answer : answers_) {
        if (!answer) return;
        all.push_back(*answer);
    }
    answers_.clear();
    sink_.subscribed(id_, all);
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// One connection attempt on one Paho client.
#include "transport/paho_link.hpp"

#include "pki/tls_reason.hpp"
#include "transport/mqtt_reasons.hpp"
#include "transport/paho_hints.hpp"
#include "transport/paho_message.hpp"
#include "transport/paho_options.hpp"
#include "transport/paho_reasons.hpp"

#include <exception>
#include <utility>

namespace muster::transport {
namespace {

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

// Used once, on this machine.
std::string secret(base::Random& random) {
    std::string digits;
    for (int word = 0; word < 2; ++word) {
        std::uint64_t bits = random.next();
        for (int digit = 0; digit < 16; ++digit, bits >>= 4U) digits += "0123456789abcdef"[bits & 15U];
    }
    return digits;
}

// MQTT 5.0, section 3.2.2.3.12.
bool may_identify(const mqtt::properties& properties) {
    return property_or<std::uint8_t>(properties, mqtt::property::SUBSCRIPTION_IDENTIFIERS_AVAILABLE, 1) == 1;
}

// Paho carries a pointer and never dereferences it.
void* as_context(std::uintptr_t number) {
    return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}
std::uintptr_t context_of(const mqtt::token& token) {
    return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

// None is 0. Paho C++ says 255 for tokens of 3.1.1, whose only reason is a SUBACK's 0x80.
int reason_of(const mqtt::token& token) {
    const int reason = token.get_reason_code();
    if (reason != mqtt::ReasonCode::MQTTPP_V3_CODE) return reason;
    return token.get_return_code() >= 0x80 ? token.get_return_code() : 0;
}

Result<void> outcome_of(const mqtt::token& token, const char* what) {
    const int reason = reason_of(token);
    if (reason < 0x80) return {};
    return error_for_reason(reason, what);
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
        link.in_callback([&] {
            const auto response = token.get_connect_response();
            if (!is_refusal_to_follow(response.get_properties())) link.up(describe(token), may_identify(response.get_properties()));
        });
    }
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] { link.attempt_failed(token); });
    }
    PahoLink& link;
};

struct PahoLink::SubscribeListener : mqtt::iaction_listener {
    explicit SubscribeListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.in_callback([&] { link.answered(context_of(token), outcome_of(token, "refused")); });
    }
    // A refusal has a reason code; a lost connection has none and is told as link_down.
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] {
            auto outcome = outcome_of(token, "refused");
            if (!outcome) link.answered(context_of(token), std::move(outcome));
        });
    }
    PahoLink& link;
};

struct PahoLink::PublishListener : mqtt::iaction_listener {
    explicit PublishListener(PahoLink& owner) : link(owner) {}
    void on_success(const mqtt::token& token) override {
        link.in_callback([&] { link.sent(context_of(token), outcome_of(token, refused)); });
    }
    void on_failure(const mqtt::token& token) override {
        link.in_callback([&] {
            const auto outcome = outcome_of(token, refused);
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

PahoLink::PahoLink(LinkId id, const LinkOptions& options, LinkSink& sink, const Common& common)
    : id_(id),
      options_(options),
      tls_(is_tls(options)),
      sink_(sink),
      common_(common),
      attempt_(common.keeper),
      on_connect_(std::make_unique<ConnectListener>(*this)),
      on_subscribe_(std::make_unique<SubscribeListener>(*this)),
      on_publish_(std::make_unique<PublishListener>(*this)),
      on_disconnect_(std::make_unique<DisconnectListener>(*this)),
      client_(paho_uri(options.endpoint), options.client_id, create_options(options), nullptr) {
    set_callbacks();
}

PahoLink::~PahoLink() {
    if (relay_) relay_->cancel();  // It would connect what is being destroyed.
}

void PahoLink::set_callbacks() {
    client_.set_connection_lost_handler([this](const std::string& cause) {
        down({Code::unreachable, cause.empty() ? "the connection was lost" : "the connection was lost (" + cause + ")"});
    });
    client_.set_disconnected_handler([this](const mqtt::properties& properties, mqtt::ReasonCode reason) {
        in_callback([&] {
            LinkDown told(error_for_reason(reason, "the broker ended the connection"));
            take_hints(properties, told);
            down(told);
        });
    });
    client_.set_message_callback([this](const mqtt::const_message_ptr& received) {
        if (!received) return;
        in_callback([&] {
            Arrival arrival = from_packet(*received);
            {
                const std::lock_guard lock(mutex_);
                if (is_down_) return;
            }
            sink_.message(id_, std::move(arrival));
        });
    });
}

PahoLink::After PahoLink::open() {
    auto route = route_of(options_);
    if (!route) {
        down(route.error());
        return After::destroy;
    }
    open_relay(std::move(*route));
    return After::keep;
}

void PahoLink::open_relay(Route route) {
    Relay::Listener listener;
    listener.open = [this](const std::string& proxy) {
        LinkOptions through = options_;
        through.proxy = proxy;
        connect(through);
    };
    listener.failed = [this](const Error& reason) { down(reason); };
    // As long as the session waits for an answer.
    relay_ = std::make_unique<Relay>(std::move(route), 2 * options_.keep_alive, common_.book, secret(common_.random), std::move(listener));
    relay_->start();
}

void PahoLink::connect(const LinkOptions& options) {
    attempt_.begin();
    try {
        client_.connect(connect_options(options), nullptr, *on_connect_);
    } catch (const std::exception& error) {
        down({Code::unreachable, std::string("no connection (") + error.what() + ")"});
    }
}

// One packet for each filter: Paho C++ 1.2.0 does not give out the answers to several when the first is a refusal, and crashes on options
// for more than one (both seen).
template <class Ask>
PahoLink::After PahoLink::ask_each(std::size_t count, bool is_removal, const Ask& ask) {
    {
        const std::lock_guard lock(mutex_);
        if (is_down_) return After::keep;
        answers_.assign(count, std::nullopt);
        is_removal_ = is_removal;
    }
    for (std::size_t i = 0; i < count; ++i) {
        try {
            ask(i);
        } catch (const std::exception& error) {
            const auto fault = error_for_refusal(error);
            if (fault.code() == Code::unreachable) {
                down(fault);
                return After::destroy;
            }
            answered(i, fault);
        }
    }
    return After::keep;
}

void PahoLink::ask_to_subscribe(const Subscription& subscription, std::size_t index) {
    const int qos = static_cast<int>(subscription.qos);
    if (options_.protocol == Protocol::mqtt311) {
        auto checked = check_for_3_1_1(subscription);
        if (!checked) return answered(index, std::move(checked));
        client_.subscribe(subscription.filter, qos, as_context(index), *on_subscribe_);
        return;
    }
    bool identifies = false;
    {
        const std::lock_guard lock(mutex_);
        identifies = may_identify_ && subscription.identifier != 0;
    }
    mqtt::properties properties;
    if (identifies) properties.add({mqtt::property::SUBSCRIPTION_IDENTIFIER, static_cast<std::int32_t>(subscription.identifier)});
    const mqtt::subscribe_options how(subscription.no_local, static_cast<std::uint8_t>(subscription.retain_as_published),
                                      static_cast<mqtt::subscribe_options::RetainHandling>(subscription.retain_handling));
    client_.subscribe(subscription.filter, qos, as_context(index), *on_subscribe_, how, properties);
}

PahoLink::After PahoLink::subscribe(const std::vector<Subscription>& subscriptions) {
    return ask_each(subscriptions.size(), false, [&](std::size_t i) { ask_to_subscribe(subscriptions[i], i); });
}

PahoLink::After PahoLink::unsubscribe(const std::vector<std::string>& filters) {
    return ask_each(filters.size(), true, [&](std::size_t i) { client_.unsubscribe(filters[i], as_context(i), *on_subscribe_); });
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
        client_.publish(to_packet(message), as_context(context), *on_publish_);
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
    FailedAttempt attempt{reason_of(token), token.get_return_code(), {}, {}, tls_, !options_.proxy.empty(), relay_ && relay_->is_cut_off()};
    if (tls_) attempt.tls_reason = pki::take_tls_reason();
    try {
        // Paho's own words are only in what asking a token throws; this one is complete.
        static_cast<void>(const_cast<mqtt::token&>(token).try_wait());
    } catch (const mqtt::exception& error) {
        attempt.words = error.get_message();
    }
    if (is_refused_version(attempt)) {
        const std::lock_guard lock(mutex_);
        if (!is_down_) sink_.version_refused(id_);
    }
    down(error_for_attempt(attempt));
}

void PahoLink::up(const LinkUp& event, bool may_identify) {
    attempt_.over();
    if (relay_) relay_->worked();
    const std::lock_guard lock(mutex_);
    may_identify_ = may_identify;
    if (!is_down_) sink_.link_up(id_, event);
}

void PahoLink::down(const LinkDown& reason) {
    if (tls_) static_cast<void>(pki::take_tls_reason());  // Not to be found by a later attempt on Paho's thread.
    attempt_.over();
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

void PahoLink::answered(std::size_t index, Result<void> outcome) {
    const std::lock_guard lock(mutex_);
    if (is_down_ || index >= answers_.size()) return;
    answers_[index] = std::move(outcome);
    std::vector<Result<void>> all;
    for (const auto& answer : answers_) {
        if (!answer) return;
        all.push_back(*answer);
    }
    answers_.clear();
    is_removal_ ? sink_.unsubscribed(id_, all) : sink_.subscribed(id_, all);
}

}  // namespace muster::transport

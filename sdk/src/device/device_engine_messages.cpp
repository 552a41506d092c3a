// SPDX-License-Identifier: Apache-2.0
// The engine's subscriptions and what comes for them; requests and answers.
#include "base/message_properties.hpp"
#include "base/topic.hpp"
#include "device/device_engine.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace muster::device {

using std::chrono::milliseconds;

Result<void> DeviceEngine::subscribe(const std::string& filter, const SubscribeOptions& options, Handler handler) {
    if (stopping_) return Error{Code::stopped, "the device is stopping"};
    auto wanted = topic_root_.add_to_filter(filter);
    handlers_.set_message_handler(filter, std::move(handler), base::subscription_identifier(wanted));
    {
        const std::lock_guard lock(mutex_);
        ++shared_.subscribe_calls;
    }
    loop_.post([this, asked = std::move(wanted), options] {
        session_.subscribe(asked, options, clock_.now());
        const std::lock_guard lock(mutex_);
        ++shared_.subscribe_calls_seen;
        shared_.subscriptions_answered = false;
        shared_.refusal = session_.subscriptions().refusal();
    });
    return {};
}

Result<void> DeviceEngine::unsubscribe(const std::string& filter) {
    if (stopping_) return Error{Code::stopped, "the device is stopping"};
    if (!handlers_.remove_message_handler(filter)) return Error{Code::not_found, "there is no subscription to '" + filter + "'"};
    loop_.post([this, unwanted = topic_root_.add_to_filter(filter)] { session_.unsubscribe(unwanted, clock_.now()); });
    return {};
}

Result<void> DeviceEngine::wait_subscribed(milliseconds timeout) {
    std::unique_lock lock(mutex_);
    const bool done = changed_.wait_for(lock, timeout, [this] {
        const bool is_asked = shared_.subscribe_calls == shared_.subscribe_calls_seen;
        return shared_.stopped || (is_asked && (shared_.refusal || shared_.subscriptions_answered));
    });
    if (done && shared_.refusal) return *shared_.refusal;
    if (shared_.stopped) return Error{Code::stopped, "the device has been stopped"};
    if (done) return {};
    return Error{Code::timeout, "the broker has not answered every subscription within " + std::to_string(timeout.count()) + " ms"};
}

Result<void> DeviceEngine::request(std::string_view topic, std::string_view payload, milliseconds timeout, ResponseHandler handler) {
    if (stopping_) return Error{Code::stopped, "the device is stopping"};
    const bool has_properties = [this] {
        const std::lock_guard lock(mutex_);
        return shared_.status.protocol == Protocol::mqtt5;
    }();
    if (!has_properties)
        return Error{Code::rejected, "a request needs MQTT 5, and 3.1.1 is spoken", "agree on topics for answers, and subscribe to them"};
    const auto deadline = clock_.now() + timeout;
    auto correlation_data = requests_.add(deadline, std::move(handler));
    if (!correlation_data) return std::move(correlation_data).error();
    // Before the first request, so that the broker has it first.
    std::call_once(answers_wanted_, [this] {
        static_cast<void>(
            subscribe(requests_.response_topic(), {}, MessageHandler([this](const Message& answer) { requests_.answered(answer); })));
    });
    PublishOptions options;
    options.durability = Durability::memory;
    options.priority = Priority::high;
    options.time_to_live = std::chrono::ceil<std::chrono::seconds>(timeout);
    MessageProperties properties;
    properties.response_topic = requests_.response_topic();
    properties.correlation_data = *correlation_data;
    Message message{std::string(topic), std::string(payload), options.qos, false};
    message.properties = std::make_shared<const MessageProperties>(std::move(properties));
    auto accepted = accept(std::move(message), options);
    if (accepted) return {};
    requests_.forget(*correlation_data);
    return std::move(accepted).error();
}

void DeviceEngine::answer(const Message& request, Answer answer) {
    const auto fail = [this](const Error& why) { handlers_.log(LogLevel::error, why.in("answer").message()); };
    if (!request.properties || request.properties->response_topic.empty()) return;
    const std::string& topic = request.properties->response_topic;
    answer.properties.correlation_data = request.properties->correlation_data;
    if (auto checked = base::check_message(topic, answer.payload); !checked) return fail(checked.error());
    if (auto checked = base::check_properties(answer.properties); !checked) return fail(checked.error());
    const PublishOptions& options = options_for(topic);
    Message message = policy::make_message(topic, answer.payload, options);
    if (base::encoded_size(answer.properties) > 0)
        message.properties = std::make_shared<const MessageProperties>(std::move(answer.properties));
    if (auto accepted = accept(std::move(message), options); !accepted) fail(accepted.error());
}

// Transport events.

void DeviceEngine::subscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) {
    loop_.post([this, link, outcomes] { session_.subscribed(link, outcomes, clock_.now()); });
}

void DeviceEngine::unsubscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) {
    loop_.post([this, link, outcomes] { session_.unsubscribed(link, outcomes, clock_.now()); });
}

// Not by way of the loop: that may be in a call into the transport, which returns only after this. What comes late, of a link that is gone,
// was sent all the same.
void DeviceEngine::message(transport::LinkId /*link*/, transport::Arrival arrival) {
    {
        const std::lock_guard lock(mutex_);
        shared_.received_bytes += arrival.message.topic.size() + arrival.message.payload.size();
    }
    topic_root_.take_off(arrival.message);
    handlers_.deliver(std::move(arrival.message), arrival.subscriptions);
}

// The loop thread.

void DeviceEngine::carry_out(const session::Subscribe& action) {
    transport_->subscribe(action.link, action.subscriptions);
}

void DeviceEngine::carry_out(const session::Unsubscribe& action) {
    transport_->unsubscribe(action.link, action.filters);
}

}  // namespace muster::device

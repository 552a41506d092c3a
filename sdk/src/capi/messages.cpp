// SPDX-License-Identifier: Apache-2.0
// Messages from C: subscriptions, properties, requests and answers.
#include "capi/handles.hpp"
#include "capi/words.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using muster::capi::of;
using muster::capi::outcome;

std::string_view bytes_of(const void* bytes, std::size_t size) {
    MUSTER_REQUIRE(bytes != nullptr || size == 0);
    return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

muster::MessageProperties properties_of(const muster_properties& given) {
    const muster_properties properties = muster::capi::adopt(given, muster_properties MUSTER_PROPERTIES_INIT);
    MUSTER_REQUIRE(properties.user != nullptr || properties.user_count == 0);
    muster::MessageProperties made;
    if (properties.content_type != nullptr) made.content_type = properties.content_type;
    if (properties.response_topic != nullptr) made.response_topic = properties.response_topic;
    made.correlation_data = bytes_of(properties.correlation_data, properties.correlation_size);
    made.is_utf8 = properties.is_utf8;
    for (std::size_t i = 0; i < properties.user_count; ++i) {
        MUSTER_REQUIRE(properties.user[i].name != nullptr && properties.user[i].value != nullptr);
        made.user.push_back({properties.user[i].name, properties.user[i].value});
    }
    return made;
}

/// A message as C sees it, for as long as this and the message live.
class Handed {
public:
    explicit Handed(const muster::Message& message) {
        static const muster::MessageProperties none;
        const muster::MessageProperties& properties = message.properties ? *message.properties : none;
        for (const auto& [name, value] : properties.user) user_.push_back({name.c_str(), value.c_str()});
        properties_ = {sizeof(muster_properties),
                       properties.content_type.c_str(),
                       properties.response_topic.c_str(),
                       properties.correlation_data.data(),
                       properties.correlation_data.size(),
                       properties.is_utf8,
                       user_.data(),
                       user_.size()};
        message_ = {message.topic.c_str(),
                    message.payload.data(),
                    message.payload.size(),
                    static_cast<muster_qos>(message.qos),
                    message.retain,
                    message.is_duplicate,
                    &properties_};
    }
    Handed(const Handed&) = delete;
    Handed& operator=(const Handed&) = delete;
    ~Handed() = default;
    [[nodiscard]] const muster_message* message() const { return &message_; }

private:
    std::vector<muster_user_property> user_;
    muster_properties properties_{};
    muster_message message_{};
};

}  // namespace

extern "C" {

muster_code muster_device_subscribe(muster_device* device, const char* filter, muster_qos qos, muster_message_handler handler,
                                    void* context, muster_error* error) {
    MUSTER_REQUIRE(filter != nullptr && handler != nullptr && qos >= MUSTER_AT_MOST_ONCE && qos <= MUSTER_EXACTLY_ONCE);
    const auto call = [handler, context](const muster::Message& message) { handler(Handed(message).message(), context); };
    return outcome(of(device).subscribe(filter, static_cast<muster::Qos>(qos), call), error);
}

muster_code muster_device_subscribe_manual(muster_device* device, const char* filter, muster_qos qos, muster_manual_handler handler,
                                           void* context, muster_error* error) {
    MUSTER_REQUIRE(filter != nullptr && handler != nullptr && qos >= MUSTER_AT_MOST_ONCE && qos <= MUSTER_EXACTLY_ONCE);
    const auto call = [handler, context](const muster::Message& message, muster::Acknowledgement given) {
        auto handed = std::make_unique<muster_acknowledgement>(muster_acknowledgement{std::move(given)});
        handler(Handed(message).message(), handed.release(), context);
    };
    return outcome(of(device).subscribe_manual(filter, {static_cast<muster::Qos>(qos)}, call), error);
}

void muster_acknowledge(const muster_acknowledgement* acknowledgement) {
    MUSTER_REQUIRE(acknowledgement != nullptr);
    acknowledgement->acknowledgement.acknowledge();
}

void muster_acknowledgement_free(muster_acknowledgement* acknowledgement) {
    const std::unique_ptr<muster_acknowledgement> owned(acknowledgement);
}

muster_code muster_device_unsubscribe(muster_device* device, const char* filter, muster_error* error) {
    MUSTER_REQUIRE(filter != nullptr);
    return outcome(of(device).unsubscribe(filter), error);
}

muster_code muster_device_publish_properties(muster_device* device, const char* topic, const void* payload, size_t payload_size,
                                             const muster_properties* properties, const muster_publish_options* options, uint64_t* id,
                                             muster_error* error) {
    MUSTER_REQUIRE(topic != nullptr && properties != nullptr);
    const auto bytes = bytes_of(payload, payload_size);
    const auto made = properties_of(*properties);
    const auto receipt = options == nullptr ? of(device).publish(topic, bytes, made)
                                            : of(device).publish(topic, bytes, made, muster::capi::options_of(*options));
    if (receipt && id != nullptr) *id = receipt->id;
    return outcome(receipt, error);
}

muster_code muster_device_request(muster_device* device, const char* topic, const void* payload, size_t payload_size, uint32_t timeout_ms,
                                  muster_response_handler handler, void* context, muster_error* error) {
    MUSTER_REQUIRE(topic != nullptr && handler != nullptr);
    const auto call = [handler, context](const muster::Result<muster::Message>& answer) {
        if (!answer) return handler(nullptr, muster::capi::code_of(answer.error().code()), context);
        handler(Handed(*answer).message(), MUSTER_OK, context);
    };
    return outcome(of(device).request(topic, bytes_of(payload, payload_size), std::chrono::milliseconds(timeout_ms), call), error);
}

muster_code muster_device_answer(muster_device* device, const muster_message* request, const void* payload, size_t payload_size,
                                 muster_error* error) {
    MUSTER_REQUIRE(request != nullptr && request->properties != nullptr);
    const muster_properties& asked = *request->properties;
    const std::string_view topic = asked.response_topic == nullptr ? "" : asked.response_topic;
    if (topic.empty()) return MUSTER_OK;
    muster::MessageProperties properties;
    properties.correlation_data = bytes_of(asked.correlation_data, asked.correlation_size);
    return outcome(of(device).publish(topic, bytes_of(payload, payload_size), properties), error);
}

}  // extern "C"

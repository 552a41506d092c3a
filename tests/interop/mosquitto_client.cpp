// SPDX-License-Identifier: Apache-2.0
// A client made of Mosquitto's library.
#include "interop/mosquitto_client.hpp"

#include <catch2/catch.hpp>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>

namespace muster::test {
namespace {

constexpr std::chrono::seconds patience{20};
constexpr int keep_alive_s = 60;

std::string text_of(const mosquitto_property* properties, int identifier) {
    char* value = nullptr;
    std::string text;
    if (mosquitto_property_read_string(properties, identifier, &value, false) != nullptr) text = value;
    std::free(value);
    return text;
}

MosquittoMessage copy(const mosquitto_message& message, const mosquitto_property* properties) {
    MosquittoMessage copied;
    copied.topic = message.topic;
    copied.payload.assign(static_cast<const char*>(message.payload), static_cast<std::size_t>(message.payloadlen));
    copied.qos = message.qos;
    copied.retain = message.retain;
    copied.response_topic = text_of(properties, MQTT_PROP_RESPONSE_TOPIC);
    void* data = nullptr;
    std::uint16_t size = 0;
    if (mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &data, &size, false) != nullptr)
        copied.correlation_data.assign(static_cast<const char*>(data), size);
    std::free(data);
    char* name = nullptr;
    char* value = nullptr;
    const auto* at = mosquitto_property_read_string_pair(properties, MQTT_PROP_USER_PROPERTY, &name, &value, false);
    for (; at != nullptr; at = mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &name, &value, true)) {
        copied.user_properties.emplace_back(name, value);
        std::free(name);
        std::free(value);
    }
    return copied;
}

}  // namespace

MosquittoClient::MosquittoClient(wire::Version version, const std::string& client_id, bool clean_start)
    : version_(version), client_(nullptr, &mosquitto_destroy) {
    mosquitto_lib_init();
    client_.reset(mosquitto_new(client_id.c_str(), clean_start, &seen_));
    REQUIRE(client_ != nullptr);
    mosquitto_int_option(client_.get(), MOSQ_OPT_PROTOCOL_VERSION, version == wire::Version::v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_connect_callback_set(client_.get(), [](mosquitto*, void* seen, int code) { static_cast<Seen*>(seen)->connected = code; });
    mosquitto_disconnect_callback_set(client_.get(), [](mosquitto*, void* seen, int) { static_cast<Seen*>(seen)->disconnected = true; });
    mosquitto_publish_callback_set(client_.get(), [](mosquitto*, void* seen, int id) { static_cast<Seen*>(seen)->published = id; });
    mosquitto_subscribe_callback_set(client_.get(), [](mosquitto*, void* seen, int, int count, const int* granted) {
        REQUIRE(count == 1);
        static_cast<Seen*>(seen)->granted = granted[0];
    });
    mosquitto_message_v5_callback_set(client_.get(),
                                      [](mosquitto*, void* seen, const mosquitto_message* message, const mosquitto_property* properties) {
                                          static_cast<Seen*>(seen)->messages.push_back(copy(*message, properties));
                                      });
}

MosquittoClient::~MosquittoClient() {
    client_.reset();
    mosquitto_lib_cleanup();
}

template <class Condition>
void MosquittoClient::run_until(const Condition& is_true) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!is_true()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        mosquitto_loop(client_.get(), 100, 1);
    }
}

void MosquittoClient::set_will(const std::string& topic, const std::string& payload, int qos) {
    REQUIRE(mosquitto_will_set(client_.get(), topic.c_str(), static_cast<int>(payload.size()), payload.data(), qos, false) ==
            MOSQ_ERR_SUCCESS);
}

int MosquittoClient::connect(std::uint16_t port, const std::string& user, const std::string& password, std::uint32_t session_expiry) {
    mosquitto_username_pw_set(client_.get(), user.c_str(), password.c_str());
    mosquitto_property* properties = nullptr;
    if (version_ == wire::Version::v5 && session_expiry != 0)
        mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, session_expiry);
    REQUIRE(mosquitto_connect_bind_v5(client_.get(), "127.0.0.1", port, keep_alive_s, nullptr, properties) == MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&properties);
    run_until([this] { return seen_.connected.has_value(); });
    return *seen_.connected;
}

int MosquittoClient::subscribe(const std::string& filter, int qos) {
    seen_.granted.reset();
    REQUIRE(mosquitto_subscribe(client_.get(), nullptr, filter.c_str(), qos) == MOSQ_ERR_SUCCESS);
    run_until([this] { return seen_.granted.has_value(); });
    return *seen_.granted;
}

void MosquittoClient::publish(const std::string& topic, const std::string& payload, int qos, const MosquittoProperties& properties) {
    int id = 0;
    REQUIRE(mosquitto_publish_v5(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()), payload.data(), qos, false,
                                 properties.get()) == MOSQ_ERR_SUCCESS);
    run_until([this, id] { return seen_.published == id; });
}

MosquittoMessage MosquittoClient::receive() {
    run_until([this] { return !seen_.messages.empty(); });
    MosquittoMessage first = std::move(seen_.messages.front());
    seen_.messages.pop_front();
    return first;
}

void MosquittoClient::disconnect() {
    mosquitto_disconnect(client_.get());
    run_until([this] { return seen_.disconnected; });
}

void MosquittoClient::cut() {
    ::shutdown(mosquitto_socket(client_.get()), SHUT_RDWR);
}

}  // namespace muster::test

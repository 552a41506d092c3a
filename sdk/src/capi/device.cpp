// SPDX-License-Identifier: Apache-2.0
// The device from C.
#include "capi/handles.hpp"
#include "capi/words.hpp"

#include <muster/version.hpp>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace {

using muster::capi::of;
using muster::capi::outcome;

const muster::Device& of(const muster_device* device) {
    MUSTER_REQUIRE(device != nullptr);
    return *device->device;
}

std::string_view payload_of(const void* payload, std::size_t size) {
    MUSTER_REQUIRE(payload != nullptr || size == 0);
    return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(payload), size);
}

muster_code accepted(const muster::Result<muster::Receipt>& receipt, uint64_t* id, muster_error* error) {
    if (receipt && id != nullptr) *id = receipt->id;
    return outcome(receipt, error);
}

void fill_in(const muster::Status& from, muster_status& to) {
    MUSTER_REQUIRE(to.size >= sizeof(std::size_t));
    muster_status made = muster::capi::status_of(from);
    made.size = to.size;
    std::memcpy(&to, &made, to.size < sizeof made ? to.size : sizeof made);
}

}  // namespace

extern "C" {

const char* muster_version(void) {
    return muster::version().data();  // Of a literal: it ends in NUL.
}

muster_code muster_device_open(const muster_config* config, muster_device** device, muster_error* error) {
    MUSTER_REQUIRE(config != nullptr && device != nullptr);
    muster::Hooks hooks;
    hooks.clock = config->clock.get();
    hooks.random = config->random.get();
    auto opened = muster::Device::open(config->config, std::move(hooks));
    if (opened) *device = std::make_unique<muster_device>(muster_device{config->clock, config->random, std::move(*opened)}).release();
    return outcome(opened, error);
}

muster_code muster_device_start(muster_device* device, muster_error* error) {
    return outcome(of(device).start(), error);
}

muster_code muster_device_publish(muster_device* device, const char* topic, const void* payload, size_t payload_size, uint64_t* id,
                                  muster_error* error) {
    MUSTER_REQUIRE(topic != nullptr);
    return accepted(of(device).publish(topic, payload_of(payload, payload_size)), id, error);
}

muster_code muster_device_publish_with(muster_device* device, const char* topic, const void* payload, size_t payload_size,
                                       const muster_publish_options* options, uint64_t* id, muster_error* error) {
    MUSTER_REQUIRE(topic != nullptr && options != nullptr);
    return accepted(of(device).publish(topic, payload_of(payload, payload_size), muster::capi::options_of(*options)), id, error);
}

muster_code muster_device_publish_reading(muster_device* device, const char* topic, const muster_reading* reading, uint64_t* id,
                                          muster_error* error) {
    MUSTER_REQUIRE(topic != nullptr && reading != nullptr);
    MUSTER_REQUIRE(reading->count == 0 || (reading->names != nullptr && reading->values != nullptr));
    muster::Reading made;
    made.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(reading->time_ms));
    made.sequence = reading->sequence;
    made.values.reserve(reading->count);
    for (std::size_t i = 0; i < reading->count; ++i) {
        MUSTER_REQUIRE(reading->names[i] != nullptr);
        made.values.emplace_back(reading->names[i], reading->values[i]);
    }
    return accepted(of(device).publish(topic, made), id, error);
}

void muster_device_on_state(muster_device* device, muster_state_handler handler, void* context) {
    muster::StateHandler call;
    if (handler != nullptr) {
        call = [handler, context](muster::ConnectionState state, const muster::Status& status) {
            const muster_status handed = muster::capi::status_of(status);
            handler(muster::capi::state_of(state), &handed, context);
        };
    }
    of(device).on_state(std::move(call));
}

void muster_device_on_credential(muster_device* device, muster_credential_handler handler, void* context) {
    muster::CredentialHandler call;
    if (handler != nullptr) {
        call = [handler, context](muster::CredentialState state, const muster::Status& status) {
            const muster_status handed = muster::capi::status_of(status);
            handler(muster::capi::state_of(state), &handed, context);
        };
    }
    of(device).on_credential(std::move(call));
}

void muster_device_status(const muster_device* device, muster_status* status) {
    MUSTER_REQUIRE(status != nullptr);
    fill_in(of(device).status(), *status);
}

size_t muster_device_metrics_text(const muster_device* device, char* buffer, size_t size) {
    MUSTER_REQUIRE(buffer != nullptr || size == 0);
    const std::string text = muster::metrics_text(of(device).metrics());
    muster::capi::copy_text(text, buffer, size);
    return text.size();
}

size_t muster_device_client_id(const muster_device* device, char* buffer, size_t size) {
    MUSTER_REQUIRE(buffer != nullptr || size == 0);
    const std::string client_id = of(device).status().client_id;
    muster::capi::copy_text(client_id, buffer, size);
    return client_id.size();
}

bool muster_device_last_error(const muster_device* device, muster_error* error) {
    const auto why = of(device).status().last_error;
    if (why) outcome(*why, error);
    return why.has_value();
}

muster_code muster_device_quarantined(muster_device* device, muster_quarantine_reader reader, void* context, muster_error* error) {
    MUSTER_REQUIRE(reader != nullptr);
    const auto found = of(device).quarantined();
    if (!found) return outcome(found, error);
    for (const auto& [id, message, reason] : *found) {
        muster_message handed{};
        handed.topic = message.topic.c_str();
        handed.payload = message.payload.data();
        handed.payload_size = message.payload.size();
        handed.qos = static_cast<muster_qos>(message.qos);
        handed.retain = message.retain;
        reader(id, &handed, reason.c_str(), context);
    }
    return MUSTER_OK;
}

muster_code muster_device_renew(muster_device* device, muster_error* error) {
    return outcome(of(device).renew(), error);
}

void muster_device_network_up(muster_device* device) {
    of(device).network_up();
}

void muster_device_clock_changed(muster_device* device) {
    of(device).clock_changed();
}

muster_code muster_device_wait_subscribed(muster_device* device, uint32_t timeout_ms, muster_error* error) {
    return outcome(of(device).wait_subscribed(std::chrono::milliseconds(timeout_ms)), error);
}

muster_code muster_device_wait_drained(muster_device* device, uint32_t timeout_ms, muster_error* error) {
    return outcome(of(device).wait_drained(std::chrono::milliseconds(timeout_ms)), error);
}

void muster_device_stop(muster_device* device, uint32_t drain_deadline_ms, muster_status* status) {
    const muster::Status left = of(device).stop(std::chrono::milliseconds(drain_deadline_ms));
    if (status != nullptr) fill_in(left, *status);
}

void muster_device_close(muster_device* device) {
    const std::unique_ptr<muster_device> owned(device);
}

}  // extern "C"

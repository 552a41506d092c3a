// SPDX-License-Identifier: Apache-2.0
// A device's configuration from C.
#include "capi/handles.hpp"
#include "capi/hooks.hpp"
#include "capi/words.hpp"

#include <string>
#include <utility>

namespace {

muster_code hand_over(muster::Result<muster::DeviceConfig> read, muster_config** config, muster_error* error) {
    if (read) *config = std::make_unique<muster_config>(muster_config{std::move(*read), nullptr, nullptr}).release();
    return muster::capi::outcome(read, error);
}

}  // namespace

extern "C" {

muster_config* muster_config_new(void) {
    return std::make_unique<muster_config>().release();
}

muster_code muster_config_load(const char* path, muster_config** config, muster_error* error) {
    MUSTER_REQUIRE(path != nullptr && config != nullptr);
    return hand_over(muster::load_device_config(path), config, error);
}

muster_code muster_config_parse(const char* json, const char* base_directory, muster_config** config, muster_error* error) {
    MUSTER_REQUIRE(json != nullptr && base_directory != nullptr && config != nullptr);
    return hand_over(muster::parse_device_config(json, "the configuration", base_directory), config, error);
}

void muster_config_free(muster_config* config) {
    const std::unique_ptr<muster_config> owned(config);
}

void muster_config_add_endpoint(muster_config* config, const char* url) {
    MUSTER_REQUIRE(config != nullptr && url != nullptr);
    config->config.endpoints.emplace_back(url);
}

void muster_config_set_identity_dir(muster_config* config, const char* directory) {
    MUSTER_REQUIRE(config != nullptr && directory != nullptr);
    config->config.identity_dir = directory;
}

void muster_config_set_key_password_file(muster_config* config, const char* path) {
    MUSTER_REQUIRE(config != nullptr && path != nullptr);
    config->config.key_password.file = path;
}

void muster_config_set_ca_file(muster_config* config, const char* path) {
    MUSTER_REQUIRE(config != nullptr && path != nullptr);
    config->config.ca_file = path;
}

void muster_config_set_client_id(muster_config* config, const char* client_id) {
    MUSTER_REQUIRE(config != nullptr && client_id != nullptr);
    config->config.client_id = client_id;
}

void muster_config_set_login(muster_config* config, const char* username, const char* password_file) {
    MUSTER_REQUIRE(config != nullptr && username != nullptr && password_file != nullptr);
    config->config.username = username;
    config->config.password_file = password_file;
}

void muster_config_set_outbox(muster_config* config, const char* path, uint64_t max_messages, uint64_t max_bytes) {
    MUSTER_REQUIRE(config != nullptr && path != nullptr);
    config->config.outbox_path = path;
    if (max_messages != 0) config->config.outbox.max_messages = max_messages;
    if (max_bytes != 0) config->config.outbox.max_bytes = max_bytes;
}

void muster_config_add_class(muster_config* config, const char* filter, const muster_publish_options* options) {
    MUSTER_REQUIRE(config != nullptr && filter != nullptr && options != nullptr);
    muster::TopicClass added;
    added.filter = filter;
    added.options = muster::capi::options_of(*options);
    config->config.classes.push_back(std::move(added));
}

void muster_config_set_renewal(muster_config* config, const char* est_url) {
    MUSTER_REQUIRE(config != nullptr && est_url != nullptr);
    config->config.renewal.est_url = est_url;
}

void muster_config_set_log(muster_config* config, muster_log_sink sink, void* context) {
    MUSTER_REQUIRE(config != nullptr);
    config->config.log = nullptr;
    if (sink == nullptr) return;
    config->config.log = [sink, context](muster::LogLevel level, std::string_view line) {
        sink(static_cast<muster_log_level>(level), std::string(line).c_str(), context);
    };
}

void muster_config_set_clock(muster_config* config, muster_now now, muster_now wall_now, void* context) {
    MUSTER_REQUIRE(config != nullptr && (now == nullptr) == (wall_now == nullptr));
    config->clock = nullptr;
    if (now != nullptr) config->clock = std::make_shared<muster::capi::ClockFromC>(now, wall_now, context);
}

void muster_config_set_random(muster_config* config, muster_random next, void* context) {
    MUSTER_REQUIRE(config != nullptr);
    config->random = nullptr;
    if (next != nullptr) config->random = std::make_shared<muster::capi::RandomFromC>(next, context);
}

}  // extern "C"

// SPDX-License-Identifier: Apache-2.0
// A device made from the connection flags.
#include "messages/device_connection.hpp"

#include "base/files.hpp"
#include "messages/host_url.hpp"

namespace muster::cli {
namespace {

// What a broker is told, and may say again.
Result<std::vector<std::string>> load_secrets(const ConnectionOptions& options) {
    if (options.password_file.empty()) return std::vector<std::string>();
    auto password = base::load_secret_file(options.password_file);
    if (!password) return std::move(password).error();
    return std::vector<std::string>{password->substr(0, password->find_first_of("\r\n"))};
}

}  // namespace

Result<std::unique_ptr<DeviceConnection>> DeviceConnection::open(const ConnectionOptions& options, const std::filesystem::path& outbox,
                                                                 const KeyPassword& key_password, Trace* trace) {
    DeviceConfig config;
    const bool is_tls = !options.identity.empty() || !options.cafile.empty();
    for (const auto& host : options.hosts) config.endpoints.push_back(url_of_host(host, {is_tls, options.port, options.ws_path}));
    config.protocol = options.version == "3.1.1" ? Protocol::mqtt311 : Protocol::mqtt5;
    config.keep_alive = std::chrono::seconds(options.keep_alive);
    config.identity_dir = options.identity;
    config.ca_file = options.cafile;
    config.client_id = options.client_id;
    config.username = options.username;
    config.password_file = options.password_file;
    config.key_password = key_password;
    config.connect_timeout = options.connect_timeout;
    config.backoff.first_attempt = std::chrono::milliseconds(0);  // A person waits, not a fleet.
    config.outbox_path = outbox;

    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error();
    auto connection = std::unique_ptr<DeviceConnection>(new DeviceConnection);
    connection->timeout_ = options.connect_timeout;
    connection->device_ = std::move(*device);
    if (trace != nullptr) {
        auto secrets = load_secrets(options);
        if (!secrets) return std::move(secrets).error();
        connection->trace_.emplace(*trace, std::move(*secrets));
    }
    connection->device_->on_state(
        [watched = connection.get()](ConnectionState state, const Status& status) { watched->note(state, status); });
    return connection;
}

void DeviceConnection::note(ConnectionState state, const Status& status) {
    if (trace_) trace_->tell(state, status);
    const std::lock_guard lock(mutex_);
    if (state == ConnectionState::connected) connected_ = true;
    const bool has_failed =
        state == ConnectionState::waiting || state == ConnectionState::refused || state == ConnectionState::needs_enrollment;
    if (has_failed && !failure_) failure_ = status.last_error.value_or(Error{Code::unreachable, "the connection ended without a reason"});
    changed_.notify_all();
}

Result<void> DeviceConnection::connect() {
    if (auto started = device_->start(); !started) return started;
    std::unique_lock lock(mutex_);
    // The device itself gives up an attempt after the timeout; the second is for its report to arrive.
    const bool answered = changed_.wait_for(lock, timeout_ + std::chrono::seconds(1), [this] { return connected_ || failure_; });
    if (connected_) return {};
    if (!answered) return Error{Code::timeout, "no answer within " + std::to_string(timeout_.count()) + " ms"};
    return *failure_;
}

std::optional<Error> DeviceConnection::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

}  // namespace muster::cli

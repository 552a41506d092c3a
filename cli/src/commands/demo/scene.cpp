// SPDX-License-Identifier: Apache-2.0
// What the demo sets up and watches.
#include "commands/demo/scene.hpp"

#include "base/files.hpp"

#include <muster/enroll.hpp>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <system_error>

namespace muster::cli::demo {

Result<std::unique_ptr<WorkDirectory>> WorkDirectory::make(const std::filesystem::path& keep) {
    if (!keep.empty()) {
        if (std::filesystem::exists(keep))
            return Error{Code::conflict, "--keep " + keep.string() + " exists already", "name a directory that does not exist yet"};
        if (auto made = base::make_private_directory(keep); !made) return std::move(made).error();
        return std::unique_ptr<WorkDirectory>(new WorkDirectory(std::filesystem::absolute(keep), false));
    }
    std::string name = (std::filesystem::temp_directory_path() / "muster-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return Error{Code::io, "cannot make a temporary directory " + name};
    return std::unique_ptr<WorkDirectory>(new WorkDirectory(name, true));
}

WorkDirectory::~WorkDirectory() {
    std::error_code ignored;  // Nobody is left to tell.
    if (temporary_) std::filesystem::remove_all(path_, ignored);
}

void UniqueReadings::count(const Message& message) {
    const auto reading = nlohmann::json::parse(message.payload, nullptr, false);
    const bool is_reading = reading.is_object() && reading.contains("seq") && reading["seq"].is_number_unsigned();
    const std::lock_guard lock(mutex_);
    if (!is_reading) return;
    if (!seen_.insert(reading["seq"].get<std::uint64_t>()).second) ++duplicates_;
    changed_.notify_all();
}

bool UniqueReadings::wait_for(std::uint64_t expected, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return seen_.size() >= expected; });
}

std::uint64_t UniqueReadings::unique() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
}

std::uint64_t UniqueReadings::duplicates() const {
    const std::lock_guard lock(mutex_);
    return duplicates_;
}

Result<pki::CertificateInfo> provision(engines::Engine& engine, const BrokerPlaces& places, const std::string& tenant,
                                       const std::string& id, const std::filesystem::path& directory) {
    auto registration = engine.register_device(tenant, id);
    if (!registration) return std::move(registration).error();
    EnrollRequest request;
    request.est_url = places.est_url + "/" + tenant;
    request.device_id = id;
    request.one_time_password = registration->one_time_password;
    request.trust_anchors = places.ca_file;
    request.identity_dir = directory;
    return enroll(request);
}

DeviceConfig demo_config(const BrokerPlaces& places) {
    DeviceConfig config;
    config.endpoints = {places.mqtts_url};
    config.ca_file = places.ca_file;
    config.backoff.base = std::chrono::milliseconds(100);
    config.backoff.cap = std::chrono::milliseconds(1'000);
    config.backoff.min_stable = std::chrono::milliseconds(1'000);
    return config;
}

StateWatch::StateWatch(Device& device) {
    device.on_state([shared = shared_](ConnectionState state, const Status&) {
        const std::lock_guard lock(shared->mutex);
        ++shared->entered[state];
        shared->changed.notify_all();
    });
}

bool StateWatch::wait_for(ConnectionState state, std::uint64_t times, std::chrono::milliseconds timeout) {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, timeout, [&] { return shared_->entered[state] >= times; });
}

}  // namespace muster::cli::demo

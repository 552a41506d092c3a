// SPDX-License-Identifier: Apache-2.0
// A Device that subscribes to everything the fleet publishes.
#include "simulate/observer.hpp"

#include "base/topic.hpp"
#include "simulate/groups.hpp"
#include "simulate/way.hpp"

#include <muster/telemetry.hpp>

#include <set>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view placeholder = "{client_id}";
constexpr milliseconds patience{30'000};
constexpr milliseconds goodbye{1'000};
// How soon a request to stop is seen.
constexpr milliseconds look_every{100};
// While it is away the broker keeps what comes for it.
constexpr std::chrono::seconds session_kept{600};
constexpr std::uint32_t inbox_messages = 100'000;
constexpr std::uint64_t inbox_bytes = 256ULL << 20U;

// Groups may have topics in common.
std::set<std::string> filters_of(const SimulationPlan& plan) {
    std::set<std::string> filters;
    for (const auto& alike : alike_devices(plan)) {
        for (const auto& sensor : alike.sensors) filters.insert(for_client(alike.prefix, "+") + sensor.topic);
    }
    return filters;
}

Result<DeviceConfig> config_of(const SimulationPlan& plan) {
    auto proxy = device_proxy_of(plan);
    if (!proxy) return std::move(proxy).error();
    DeviceConfig config;
    config.endpoints = plan.endpoints;
    config.proxy = std::move(*proxy);
    config.protocol = plan.config.protocol;
    config.ca_file = plan.ca_file;
    config.client_id = plan.observer->client_id;
    config.username = plan.observer->username;
    config.password_file = plan.observer->password_file;
    config.identity_dir = plan.observer->identity_dir;
    config.key_password.file = plan.observer->key_password_file;
    config.session_expiry = session_kept;
    config.inbox.max_messages = inbox_messages;
    config.inbox.max_bytes = inbox_bytes;
    config.inbox.remembered_ids = 0;
    return config;
}

}  // namespace

std::string for_client(std::string_view pattern, std::string_view client_id) {
    std::string text;
    while (true) {
        const auto at = pattern.find(placeholder);
        text += pattern.substr(0, at);
        if (at == std::string_view::npos) return text;
        text += client_id;
        pattern.remove_prefix(at + placeholder.size());
    }
}

TopicClass class_of(const DeviceConfig& config, const SimulatedSensor& sensor) {
    for (const auto& one : config.classes) {
        if (base::filter_matches(one.filter, sensor.topic)) return one;
    }
    return {};
}

Sightings::Sightings(const SimulationPlan& plan) : first_reading_(plan.first_reading), ledger_(0), counts_(plan.devices.size()) {
    for (const auto& alike : alike_devices(plan)) {
        const auto first_sensor = static_cast<std::uint32_t>(sensors_.size());
        for (const auto& sensor : alike.sensors) {
            const TopicClass its_class = class_of(alike.config, sensor);
            sensors_.push_back({its_class.encoding, its_class.options.qos == Qos::at_most_once});
        }
        for (std::uint32_t device = alike.range.first; device < alike.range.first + alike.range.count; ++device) {
            const std::string prefix = for_client(alike.prefix, plan.devices[device].client_id);
            std::uint32_t number = first_sensor;
            for (const auto& sensor : alike.sensors) {
                topics_.emplace(prefix + sensor.topic, static_cast<std::uint32_t>(sources_.size()));
                sources_.push_back({device, number++});
            }
        }
    }
    ledger_.make_room_for(sources_.size());
}

Arrival Sightings::record(std::uint32_t source, std::uint64_t sequence) {
    if (sequence >= first_reading_) return ledger_.record(source, sequence - first_reading_);
    return carried_over_.emplace(source, sequence).second ? Arrival::first : Arrival::repeated;
}

void Sightings::note(const Message& message) {
    const auto found = topics_.find(message.topic);
    if (found == topics_.end()) {
        const std::lock_guard lock(mutex_);
        ++foreign_;
        return;
    }
    const Source& source = sources_[found->second];
    const Sensor& sensor = sensors_[source.sensor];
    const auto came = decode_readings(message.payload, sensor.encoding);
    const std::lock_guard lock(mutex_);
    if (!came) {
        ++foreign_;
        return;
    }
    Counts& counts = counts_[source.device];
    for (const auto& reading : *came) {
        ++received_;
        switch (record(found->second, reading.sequence)) {
            case Arrival::foreign:
                ++foreign_;
                break;
            case Arrival::repeated:
                ++counts.repeated;
                break;
            case Arrival::first:
                ++counts.unique;
                if (sensor.is_unsafe) ++counts.unique_unsafe;
                break;
        }
    }
}

Sightings::Counts Sightings::of(std::uint32_t device) const {
    const std::lock_guard lock(mutex_);
    return counts_[device];
}

std::uint64_t Sightings::unique() const {
    const std::lock_guard lock(mutex_);
    return ledger_.unique() + carried_over_.size();
}

std::uint64_t Sightings::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

std::uint64_t Sightings::foreign() const {
    const std::lock_guard lock(mutex_);
    return foreign_;
}

Result<std::unique_ptr<Observer>> Observer::start(const SimulationPlan& plan, const std::function<bool()>& is_over) {
    std::unique_ptr<Observer> observer(new Observer());
    observer->sightings_ = std::make_unique<Sightings>(plan);
    auto config = config_of(plan);
    if (!config) return std::move(config).error().in("the observer");
    auto device = Device::open(std::move(*config));
    if (!device) return std::move(device).error().in("the observer");
    observer->device_ = std::move(*device);
    if (plan.on_connection) observer->device_->on_state(plan.on_connection);
    for (const auto& filter : filters_of(plan)) {
        const auto note = [&sightings = *observer->sightings_](const Message& message) { sightings.note(message); };
        auto subscribed = observer->device_->subscribe(filter, Qos::at_least_once, note);
        if (!subscribed) return std::move(subscribed).error().in("the observer");
    }
    if (auto started = observer->device_->start(); !started) return std::move(started).error().in("the observer");
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
        const auto waited = observer->device_->wait_subscribed(look_every);
        if (waited) return observer;
        const bool is_to_go_on = waited.error().code() == Code::timeout && std::chrono::steady_clock::now() < until && !is_over();
        if (is_to_go_on) continue;
        const auto why = observer->device_->status().last_error;
        return (waited.error().code() == Code::timeout && why ? *why : Error(waited.error())).in("the observer");
    }
}

Observer::~Observer() {
    if (device_) static_cast<void>(device_->stop(goodbye));
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Readings all the way to a broker, beside a program with nothing but Paho, and what was stored during an outage.
#include "bare_paho.hpp"
#include "bare_sqlite.hpp"
#include "checked.hpp"
#include "contest.hpp"
#include "stopwatch.hpp"
#include "support/mosquitto_process.hpp"
#include "wire_bytes.hpp"

#include <muster/device.hpp>
#include <muster/telemetry.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace muster::bench {
namespace {

const std::string topic = "telemetry/press-7/temperature";
const std::string payload(64, 'r');
constexpr std::uint16_t window = 64;
constexpr std::uint32_t readings_in_batch = 100;
const std::chrono::minutes patience{10};

enum class Form : bool { single, batched };
enum class MessageId : bool { no, yes };

std::unique_ptr<Device> make_device(const std::string& url, Form form, const std::filesystem::path& outbox, TransportKind transport) {
    DeviceConfig config;
    config.transport = transport;
    config.endpoints = {url};
    config.client_id = "muster";
    config.backoff.first_attempt = std::chrono::milliseconds(0);
    config.window = window;
    config.outbox_path = outbox;
    config.outbox.max_messages = 10'000'000;
    config.outbox.max_bytes = std::uint64_t{1} << 32U;
    TopicClass all{"telemetry/#", {}};
    all.options.durability = outbox.empty() ? Durability::memory : Durability::process;
    if (form == Form::batched) {
        all.encoding = Encoding::protobuf;
        all.batch = BatchPolicy{readings_in_batch, 1U << 20U, std::chrono::milliseconds(1'000), Compression::none};
    }
    config.classes.push_back(std::move(all));
    return checked(Device::open(std::move(config)));
}

/// One of a sensor that is read every 10 ms: a number of its own, a temperature in tenths, a pressure in hundreds of pascals.
Reading reading(std::size_t number) {
    const auto time =
        std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'225'600'000 + 10 * static_cast<std::int64_t>(number)));
    return {
        time, number, {{"temperature", 20 + static_cast<double>(number % 97) / 10}, {"pressure", 1'013 + static_cast<double>(number % 7)}}};
}

void publish(Device& device, Form form, std::size_t from, std::size_t to) {
    if (form == Form::single) {
        for (std::size_t i = from; i < to; ++i) checked(device.publish(topic, payload));
        return;
    }
    for (std::size_t i = from; i < to; ++i) checked(device.publish(topic, reading(i)));
}

/// Waits without hurrying batches along until none but the last few are left; `look` is called meanwhile.
template <class Look>
void drain(Device& device, const Look& look) {
    while (device.status().outbox.waiting > readings_in_batch) {
        look();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    checked(device.wait_drained(patience));
}

/// A broker and one device with it, for as long as the bench runs.
class Sending {
public:
    Sending(Form form, std::size_t readings, std::size_t drained)
        : form_(form), readings_(readings), drained_(drained), broker_({"max_inflight_messages 0", "set_tcp_nodelay true"}) {}

    Metrics muster(Durability durability = Durability::memory, TransportKind transport = DeviceConfig().transport) {
        // One transaction for each reading takes so much longer.
        const std::size_t readings = durability == Durability::memory ? readings_ : readings_ / 10;
        const test::TemporaryDirectory directory;
        const auto device = make_device(broker_.url("mqtt", "127.0.0.1"), form_, outbox_for(durability, directory), transport);
        checked(device->start());
        publish(*device, form_, 0, 1);
        checked(device->wait_drained(patience));
        const std::uint64_t before = wire_bytes(broker_.port());
        const Stopwatch watch;
        publish(*device, form_, 1, readings + 1);
        drain(*device, [] {});
        auto metrics = watch.per(readings);
        metrics.emplace_back("wire bytes/reading",
                             static_cast<double>(wire_bytes(broker_.port()) - before) / static_cast<double>(readings));
        checked(device->stop(std::chrono::seconds(1)).outbox.waiting == 0 ? Result<void>() : Error{Code::internal, "something is left"});
        return metrics;
    }

    /// With a message id the packets are as the SDK's.
    Metrics paho(MessageId id = MessageId::no) {
        // One message for each reading takes so much longer.
        const std::size_t readings = form_ == Form::batched ? readings_ / 10 : readings_;
        BarePaho paho("tcp://127.0.0.1:" + std::to_string(broker_.port()), window);
        paho.publish(topic, payload);
        paho.wait();
        const std::string one = form_ == Form::batched ? encode_readings({reading(1)}, Encoding::json) : payload;
        const std::uint64_t before = wire_bytes(broker_.port());
        const Stopwatch watch;
        for (std::size_t i = 0; i < readings; ++i) id == MessageId::yes ? paho.publish_with_id(topic, one) : paho.publish(topic, one);
        paho.wait();
        auto metrics = watch.per(readings);
        metrics.emplace_back("wire bytes/reading",
                             static_cast<double>(wire_bytes(broker_.port()) - before) / static_cast<double>(readings));
        return metrics;
    }

    /// All of it accepted before the device is started.
    Metrics drained(Durability durability) {
        const test::TemporaryDirectory directory;
        static_cast<void>(commits());
        const auto device =
            make_device(broker_.url("mqtt", "127.0.0.1"), form_, outbox_for(durability, directory), DeviceConfig().transport);
        publish(*device, form_, 0, drained_);
        const std::uint64_t committed = commits();
        const std::uint64_t before = resident_bytes();
        std::uint64_t most = before;
        const Stopwatch watch;
        checked(device->start());
        drain(*device, [&] { most = std::max(most, resident_bytes()); });
        auto metrics = watch.per(drained_);
        metrics.emplace_back("resident MiB more", static_cast<double>(most - before) / (1U << 20U));
        if (durability != Durability::memory)
            metrics.emplace_back("readings/commit", static_cast<double>(drained_) / static_cast<double>(commits() - committed));
        return metrics;
    }

private:
    static std::filesystem::path outbox_for(Durability durability, const test::TemporaryDirectory& directory) {
        return durability == Durability::memory ? std::filesystem::path() : directory / "outbox.db";
    }

    const Form form_;
    const std::size_t readings_;
    const std::size_t drained_;
    test::MosquittoProcess broker_;
};

}  // namespace

std::vector<Work> sending_works(const Scale& scale) {
    constexpr const char* drain_process = "drain, process";
    constexpr const char* drain_memory = "drain, memory";
    constexpr const char* live_process = "live, process";
    constexpr const char* live_memory = "live, memory";
    const auto single = std::make_shared<Sending>(Form::single, scale.sent_readings, scale.drained_readings);
    const auto batched = std::make_shared<Sending>(Form::batched, scale.batched_readings, scale.drained_readings);
    return {
        {"broker-unbatched",
         "readings to broker, unbatched, QoS 1",
         {{"muster", [single] { return single->muster(); }},
          {"muster, by Paho", [single] { return single->muster(Durability::memory, TransportKind::paho); }},
          {"bare Paho", [single] { return single->paho(); }},
          {"bare Paho, same packets", [single] { return single->paho(MessageId::yes); }}},
         {{rate_metric, "muster", "bare Paho", Limit::Bound::at_least, 0.9},
          {rate_metric, "muster", "bare Paho, same packets", Limit::Bound::at_least, 0.9}}},
        {"broker-batched",
         "readings to broker, batched, QoS 1",
         {{"muster", [batched] { return batched->muster(); }}, {"bare Paho", [batched] { return batched->paho(); }}},
         {{rate_metric, "muster", "bare Paho", Limit::Bound::at_least, 20},
          {"wire bytes/reading", "muster", "bare Paho", Limit::Bound::at_most, 0.25}}},
        {"drain-unbatched",
         "drain of stored readings after an outage, unbatched, beside the same rate live",
         {{drain_process, [single] { return single->drained(Durability::process); }}, {live_memory, [single] { return single->muster(); }}},
         {{rate_metric, drain_process, live_memory, Limit::Bound::at_least, 0.8}}},
        {"drain-batched",
         "drain of stored readings after an outage, batched, beside the same rate live, from where they are stored alike and otherwise",
         {{drain_process, [batched] { return batched->drained(Durability::process); }},
          {live_process, [batched] { return batched->muster(Durability::process); }},
          {drain_memory, [batched] { return batched->drained(Durability::memory); }},
          {live_memory, [batched] { return batched->muster(); }}},
         {{rate_metric, drain_process, live_process, Limit::Bound::at_least, 0.8},
          {rate_metric, drain_memory, live_memory, Limit::Bound::at_least, 0.8},
          {rate_metric, drain_process, live_memory, Limit::Bound::at_least, 0.8}}}};
}

}  // namespace muster::bench

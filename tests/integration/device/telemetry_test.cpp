// SPDX-License-Identifier: Apache-2.0
// Readings of classes with batches, rates and deltas, on their whole way to another client.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/temporary_directory.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

using namespace muster;
using namespace muster::test;

namespace {

DeviceConfig with_class(DeviceConfig config, TopicClass topic_class) {
    config.classes = {std::move(topic_class)};
    return config;
}

TopicClass batching(std::uint32_t max_readings, std::chrono::milliseconds max_age, Encoding encoding = Encoding::protobuf) {
    TopicClass made;
    made.filter = "telemetry/#";
    made.encoding = encoding;
    made.batch = {max_readings, 64U << 10U, max_age, Compression::gzip};
    return made;
}

Reading numbered(std::uint64_t number) {
    return {std::chrono::system_clock::now(), number, {{"x", static_cast<double>(number) / 4}}};
}

/// Another client: every message's readings, in the order of arrival.
class Receiver {
public:
    Receiver(const std::string& url, Encoding encoding) {
        auto config = config_for(url);
        config.client_id = "receiver";
        config.session_expiry = 3'600s;
        device_ = open_device(std::move(config));
        const auto keep = [messages = messages_, encoding](const Message& message) {
            auto readings = decode_readings(message.payload, encoding);
            messages->add(readings ? std::move(*readings) : std::vector<Reading>());
        };
        MUSTER_REQUIRE(device_->subscribe("telemetry/#", Qos::at_least_once, keep).ok());
        MUSTER_REQUIRE(device_->start().ok());
        MUSTER_REQUIRE(device_->wait_subscribed(20s).ok());
    }
    bool wait_for_readings(std::size_t count) {
        return messages_->wait([count](const auto& messages) {
            std::size_t found = 0;
            for (const auto& one : messages) found += one.size();
            return found >= count;
        });
    }
    /// However many came twice before it.
    bool wait_for_sequence(std::uint64_t number) {
        return messages_->wait([number](const auto& messages) {
            const auto is_it = [number](const Reading& reading) { return reading.sequence == number; };
            return std::any_of(messages.begin(), messages.end(),
                               [&](const auto& one) { return std::any_of(one.begin(), one.end(), is_it); });
        });
    }
    std::vector<std::vector<Reading>> messages() { return messages_->values(); }
    /// The first arrival of each sequence, in the order of arrival.
    std::vector<std::uint64_t> sequences() {
        std::map<std::uint64_t, bool> seen;
        std::vector<std::uint64_t> first;
        for (const auto& message : messages()) {
            for (const auto& reading : message) {
                if (seen.emplace(reading.sequence, true).second) first.push_back(reading.sequence);
            }
        }
        return first;
    }

private:
    std::shared_ptr<Collected<std::vector<Reading>>> messages_ = std::make_shared<Collected<std::vector<Reading>>>();
    std::unique_ptr<Device> device_;
};

std::vector<std::uint64_t> from_one_to(std::uint64_t count) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 1; i <= count; ++i) numbers.push_back(i);
    return numbers;
}

bool readings_hold(const ReadingCounts& counts) {
    return counts.taken == counts.stored + counts.unchanged + counts.thinned + counts.merged + counts.refused + counts.held;
}

}  // namespace

TEST_CASE("250 readings of a batching class arrive as three messages, and each is counted") {
    MosquittoProcess broker;
    const auto encoding = GENERATE(Encoding::json, Encoding::cbor, Encoding::protobuf);
    Receiver receiver(broker.url(), encoding);
    TemporaryDirectory directory;
    auto device = open_device(with_class(config_for(broker.url(), directory / "outbox.db"), batching(100, 60s, encoding)));
    // Before it connects, so that all of them wait together.
    for (std::uint64_t i = 1; i <= 250; ++i) REQUIRE(device->publish("telemetry/x", numbered(i))->id == i);
    REQUIRE(device->start());
    // Who waits does not wait for the third batch to become full.
    REQUIRE(device->wait_drained(20s));
    REQUIRE(receiver.wait_for_readings(250));
    std::vector<std::size_t> sizes;
    for (const auto& message : receiver.messages()) sizes.push_back(message.size());
    CHECK(sizes == std::vector<std::size_t>{100, 100, 50});
    CHECK(receiver.sequences() == from_one_to(250));
    const Status status = device->stop(5s);
    CHECK(status.outbox.accepted == 250);
    CHECK(status.outbox.delivered == 250);
    CHECK(status.readings.stored == 250);
    CHECK(status.batches.batches == 3);
    CHECK(status.batches.readings == 250);
    CHECK(status.batches.batch_bytes * 4 < status.batches.reading_bytes);
    CHECK(readings_hold(status.readings));
}

TEST_CASE("a batch that does not become full is sent at its age") {
    MosquittoProcess broker;
    Receiver receiver(broker.url(), Encoding::protobuf);
    auto config = with_class(config_for(broker.url()), batching(1'000, 50ms));
    config.classes.front().options.durability = Durability::memory;
    auto device = open_device(std::move(config));
    REQUIRE(device->start());
    for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(device->publish("telemetry/x", numbered(i)));
    REQUIRE(receiver.wait_for_readings(5));
    CHECK(receiver.sequences() == from_one_to(5));
}

TEST_CASE("a reading of a batching class survives the end of its process, and is batched by the next") {
    MosquittoProcess broker;
    Receiver receiver(broker.url(), Encoding::protobuf);
    TemporaryDirectory directory;
    const auto config = with_class(config_for(broker.url(), directory / "outbox.db"), batching(100, 60s));
    {
        auto device = open_device(config);
        for (std::uint64_t i = 1; i <= 10; ++i) REQUIRE(device->publish("telemetry/x", numbered(i)));
    }
    auto device = open_device(config);
    CHECK(device->status().outbox.waiting == 10);
    REQUIRE(device->start());
    // Not full: `stop` sends it, too.
    States states(*device);
    CHECK(device->stop(20s).outbox.waiting == 0);
    REQUIRE(receiver.wait_for_readings(10));
    CHECK(receiver.messages().size() == 1);
}

TEST_CASE("batches through an outage of the broker lose nothing and keep the order") {
    MosquittoProcess broker({"persistence true"});
    Receiver receiver(broker.url(), Encoding::protobuf);
    TemporaryDirectory directory;
    auto device = open_device(with_class(config_for(broker.url(), directory / "outbox.db"), batching(7, 20ms)));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    constexpr std::uint64_t count = 500;
    for (std::uint64_t i = 1; i <= count; ++i) {
        if (i == 150) broker.stop();
        if (i == 350) broker.start();
        REQUIRE(device->publish("telemetry/x", numbered(i)));
    }
    REQUIRE(device->wait_drained(20s));
    REQUIRE(receiver.wait_for_sequence(count));
    CHECK(receiver.sequences() == from_one_to(count));
    const Status status = device->status();
    CHECK(status.outbox.delivered == count);
    CHECK(accounts_hold(status.outbox));
}

TEST_CASE("of readings that come too fast the latest arrives, and the others are counted") {
    MosquittoProcess broker;
    Receiver receiver(broker.url(), Encoding::json);
    TopicClass limited;
    limited.filter = "telemetry/#";
    limited.rate = {100ms, 1, Keep::latest};
    limited.options.durability = Durability::memory;
    auto device = open_device(with_class(config_for(broker.url()), limited));
    REQUIRE(device->start());
    CHECK(device->publish("telemetry/x", numbered(1))->id == 1);
    for (std::uint64_t i = 2; i <= 50; ++i) REQUIRE(device->publish("telemetry/x", numbered(i)));
    REQUIRE(device->wait_drained(20s));
    const auto counts = device->status().readings;
    CHECK(counts.taken == 50);
    CHECK(counts.held == 0);
    CHECK(counts.thinned + counts.stored == 50);
    CHECK(counts.thinned > 0);
    REQUIRE(receiver.wait_for_readings(counts.stored));
    CHECK(receiver.sequences().back() == 50);
}

TEST_CASE("what a rate holds goes with `stop`, and what comes after it is refused") {
    TemporaryDirectory directory;
    TopicClass limited;
    limited.filter = "telemetry/#";
    limited.rate = {1h, 1, Keep::mean};
    limited.delta.emplace();
    auto device = open_device(with_class(config_for("mqtt://127.0.0.1:1", directory / "outbox.db"), limited));
    for (std::uint64_t i = 1; i <= 4; ++i) CHECK(device->publish("telemetry/x", numbered(i))->id == 0);
    CHECK(device->status().readings.held == 4);
    CHECK(device->wait_drained(0ms).error().message() == "4 messages still wait after 0 ms");
    const Status status = device->stop(0ms);
    CHECK(status.readings.held == 0);
    CHECK(status.readings.merged == 3);
    CHECK(status.outbox.waiting == 1);
    CHECK(readings_hold(status.readings));
    CHECK(device->publish("telemetry/x", numbered(5)).error().code() == Code::stopped);
}

TEST_CASE("values within their dead band stay at home, until a full reading is due") {
    TemporaryDirectory directory;
    TopicClass delta;
    delta.filter = "telemetry/#";
    delta.delta = {{1, 0}, {}, 4, 1h};
    auto device = open_device(with_class(config_for("mqtt://127.0.0.1:1", directory / "outbox.db"), delta));
    std::vector<bool> stored;
    for (std::uint64_t i = 1; i <= 5; ++i) stored.push_back(device->publish("telemetry/x", {{}, i, {{"x", 20}}})->id != 0);
    CHECK(stored == std::vector<bool>{true, false, false, false, true});
    CHECK(device->status().readings.unchanged == 3);
}

// SPDX-License-Identifier: Apache-2.0
// Where a message says its id, by protocol and setting.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

/// What arrives of a reading on one topic and of bytes on another.
struct Arrived {
    Message reading;
    Message bytes;
};

Arrived send(Protocol protocol, MessageIdPlace place, bool in_batches) {
    MosquittoProcess broker;
    auto listening = config_for(broker.url());
    listening.client_id = "receiver";
    auto receiver = open_device(std::move(listening));
    const auto heard = std::make_shared<Collected<Message>>();
    REQUIRE(receiver->subscribe("#", Qos::at_least_once, [heard](const Message& message) { heard->add(message); }));
    REQUIRE(receiver->start());
    REQUIRE(receiver->wait_subscribed(20s));

    auto config = config_for(broker.url());
    config.protocol = protocol;
    config.message_id = place;
    TopicClass readings;
    readings.filter = "telemetry/#";
    readings.encoding = Encoding::cbor;
    readings.options.durability = Durability::memory;
    if (in_batches) readings.batch = BatchPolicy{};
    config.classes = {readings};
    auto device = open_device(std::move(config));
    REQUIRE(device->start());
    REQUIRE(device->publish("telemetry/x", {std::chrono::system_clock::now(), 1, {{"x", 1}}}));
    REQUIRE(device->publish("bytes", "on"));
    REQUIRE(device->wait_drained(20s));
    REQUIRE(heard->wait_for_count(2));
    Arrived arrived;
    for (auto& message : heard->values()) (message.topic == "bytes" ? arrived.bytes : arrived.reading) = message;
    return arrived;
}

std::string id_in_payload(const Message& message) {
    const auto read = decode_message(message.payload, Encoding::cbor);
    REQUIRE(read);
    REQUIRE(read->readings.size() == 1);
    CHECK(read->readings[0].values.size() == 1);
    return read->message_id;
}

}  // namespace

TEST_CASE("MQTT 5 carries a message's id beside every payload") {
    const auto arrived = send(Protocol::mqtt5, MessageIdPlace::property, GENERATE(false, true));
    CHECK(arrived.reading.message_id.size() == 36);
    CHECK(arrived.bytes.message_id.size() == 36);
    CHECK(id_in_payload(arrived.reading).empty());
}

TEST_CASE("where it is asked for, and with MQTT 3.1.1, it is in the payload of readings, and other bytes stay as they are") {
    const auto is_asked_for = GENERATE(false, true);
    const auto arrived = send(is_asked_for ? Protocol::mqtt5 : Protocol::mqtt311,
                              is_asked_for ? MessageIdPlace::payload : MessageIdPlace::property, GENERATE(false, true));
    CHECK(id_in_payload(arrived.reading).size() == 36);
    CHECK(arrived.reading.message_id.empty());
    CHECK(arrived.bytes.payload == "on");
    CHECK(arrived.bytes.message_id.empty());
}

TEST_CASE("a message without an id is as it was published") {
    const auto arrived = send(GENERATE(Protocol::mqtt5, Protocol::mqtt311), MessageIdPlace::off, false);
    CHECK(id_in_payload(arrived.reading).empty());
    CHECK(arrived.reading.message_id.empty());
}

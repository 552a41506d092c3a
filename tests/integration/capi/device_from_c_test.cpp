// SPDX-License-Identifier: Apache-2.0
// A firmware in C against Mosquitto.
#include "steps.h"
#include "support/mosquitto_process.hpp"
#include "support/prometheus_text.hpp"
#include "support/scripted_broker.hpp"
#include "support/temporary_directory.hpp"

#include <muster/stored_outbox.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace muster::test;

namespace {

// NULL as a word that Catch can print.
std::string outcome(const char* failure) {
    return failure == nullptr ? "passed" : failure;
}

}  // namespace

TEST_CASE("a device in C publishes, receives, counts and stops") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    CHECK(outcome(step_round_trip(broker.url().c_str(), (directory / "outbox.db").c_str())) == "passed");
}

TEST_CASE("a device in C gives and reads properties, asks, answers and unsubscribes") {
    MosquittoProcess broker;
    CHECK(outcome(step_requests_and_answers(broker.url().c_str())) == "passed");
}

TEST_CASE("a reading published from C survives a restart and is delivered as the C++ device would encode it") {
    MosquittoProcess broker({"persistence true"});
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    TemporaryDirectory directory;
    CHECK(outcome(step_readings_survive_a_restart(broker.url().c_str(), (directory / "outbox.db").c_str())) == "passed");
    const auto lines = subscriber.collect();
    REQUIRE(lines.size() == 1);
    CHECK(lines.front() == R"(telemetry/pump {"t":1700000000000,"seq":7,"celsius":21.5,"bar":1.25})");
}

TEST_CASE("a device in C is told of wrong input with code, sentence and hint") {
    TemporaryDirectory directory;
    CHECK(outcome(step_errors(directory.path().c_str())) == "passed");
    CHECK(outcome(step_enrollment_that_fails(directory.path().c_str())) == "passed");
}

TEST_CASE("classes and options of one message are obeyed from C") {
    TemporaryDirectory directory;
    CHECK(outcome(step_options_override_the_class((directory / "outbox.db").c_str())) == "passed");
}

TEST_CASE("a program built with shorter structs goes on working") {
    TemporaryDirectory directory;
    CHECK(outcome(step_older_structs((directory / "outbox.db").c_str())) == "passed");
}

TEST_CASE("a device in C is configured in JSON") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    CHECK(outcome(step_configuration_in_json(broker.url().c_str(), directory.path().c_str())) == "passed");
}

TEST_CASE("a device in C takes its time and its randomness from the firmware") {
    CHECK(outcome(step_hooks()) == "passed");
}

TEST_CASE("a device in C tells its counters as Prometheus reads them") {
    TemporaryDirectory directory;
    std::string buffer(64U << 10U, '\0');
    CHECK(outcome(step_metrics((directory / "outbox.db").c_str(), buffer.data(), buffer.size())) == "passed");
    const PrometheusText text(buffer.substr(0, buffer.find('\0')));
    CHECK(text.value("muster_outbox_accepted_total") == "2");
    CHECK(text.value("muster_outbox_waiting_messages") == "2");
    CHECK(text.value("muster_publish_refused_total", {{"reason", "invalid_argument"}}) == "1");
}

TEST_CASE("a device in C counts what was purged from its outbox while it was down") {
    TemporaryDirectory directory;
    const auto outbox = directory / "outbox.db";
    std::string buffer(64U << 10U, '\0');
    CHECK(outcome(step_metrics(outbox.c_str(), buffer.data(), buffer.size())) == "passed");
    REQUIRE(muster::StoredOutbox::drop(outbox, {1}).value() == 1);
    CHECK(outcome(step_what_was_purged_is_counted(outbox.c_str())) == "passed");
}

TEST_CASE("a device in C tells what became of its readings, and why messages were dropped") {
    TemporaryDirectory directory;
    CHECK(outcome(step_readings_are_counted(directory.path().c_str())) == "passed");
}

TEST_CASE("a device in C reads the messages that were set aside") {
    ScriptedBroker broker(
        {{Packet::connect, {std::string("\x20\x03\x00\x00\x00", 5)}}, {Packet::publish, {std::string("\x40\x04II\x99\x00", 6)}}});
    CHECK(outcome(step_what_is_set_aside_is_read(broker.url().c_str())) == "passed");
}

TEST_CASE("a device in C acknowledges a message by hand, on another thread, and until then nothing is acknowledged") {
    const std::string puback("\x40\x02II", 4);
    const std::string command(
        "\x32\x09\x00\x03"
        "cmd\x00\x07\x00x",
        11);
    ScriptedBroker broker({{Packet::connect, {std::string("\x20\x03\x00\x00\x00", 5)}}, {Packet::publish, {puback + command, puback}}});
    CHECK(outcome(step_acknowledges_by_hand(broker.url().c_str())) == "passed");
    CHECK(broker.received(Packet::puback).size() == 1);
}

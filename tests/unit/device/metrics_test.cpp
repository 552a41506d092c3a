// SPDX-License-Identifier: Apache-2.0
// Counters as families and as Prometheus' text: none is forgotten, and all of it can be read.
#include "support/prometheus_text.hpp"

#include <muster/metrics.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <type_traits>

using namespace muster;
using namespace muster::test;

namespace {

/// Numbers that no state and no default has, each given out once.
class Numbers {
public:
    /// Gives every counter of a struct of counters one of its own.
    template <class Counts>
    void fill(Counts& counts) {
        static_assert(std::is_trivially_copyable_v<Counts> && sizeof counts % sizeof(std::uint64_t) == 0);
        std::array<std::uint64_t, sizeof counts / sizeof(std::uint64_t)> words{};
        for (auto& word : words) fill(word);
        std::memcpy(static_cast<void*>(&counts), words.data(), sizeof counts);
    }
    void fill(std::uint64_t& counter) {
        last_ += 13;
        counter = last_;
        given_.insert(std::to_string(last_));
    }
    [[nodiscard]] const std::set<std::string>& given() const { return given_; }

private:
    std::uint64_t last_ = 1'000'000;
    std::set<std::string> given_;
};

Metrics filled(Numbers& numbers) {
    Metrics metrics;
    auto& status = metrics.status;
    for (auto* counter : {&status.connects, &status.redelivered, &status.credential.renewals}) numbers.fill(*counter);
    numbers.fill(status.inbox);
    status.received = status.inbox.received;
    numbers.fill(status.outbox);
    numbers.fill(status.readings);
    numbers.fill(status.batches);
    numbers.fill(metrics.network);
    numbers.fill(metrics.local);
    return metrics;
}

std::set<std::string> names_in(const PrometheusText& text) {
    std::set<std::string> names;
    for (const auto& [name, family] : text.families()) names.insert(name);
    return names;
}

}  // namespace

TEST_CASE("every counter of the struct is in the text, once") {
    Numbers numbers;
    const PrometheusText text(metrics_text(filled(numbers)));
    std::multiset<std::string> values;
    for (const auto& [name, family] : text.families()) {
        for (const auto& [labels, value] : family.samples) values.insert(value);
    }
    for (const auto& number : numbers.given()) {
        INFO(number);
        CHECK(values.count(number) == 1);
    }
}

TEST_CASE("names say what a number is") {
    Numbers numbers;
    const PrometheusText text(metrics_text(filled(numbers)));
    for (const auto& [name, family] : text.families()) {
        INFO(name);
        const bool ends_as_total = name.size() > 6 && name.substr(name.size() - 6) == "_total";
        CHECK(ends_as_total == (family.type == "counter"));
        CHECK(name.rfind("muster_", 0) == 0);
        CHECK(family.help.back() == '.');
        CHECK_FALSE(family.samples.empty());
    }
}

TEST_CASE("names stay when numbers change, so that a dashboard does not lose them") {
    Numbers numbers;
    CHECK(names_in(PrometheusText(metrics_text(Metrics{}))) == names_in(PrometheusText(metrics_text(filled(numbers)))));
}

TEST_CASE("a number stands under the name that an operator looks for") {
    Metrics metrics;
    metrics.status.state = ConnectionState::waiting;
    metrics.status.endpoint = "mqtts://eu-1:8883";
    metrics.status.outbox.dropped_expired = 7;
    metrics.status.outbox.dropped_purged = 4;
    metrics.status.readings.held = 3;
    metrics.network.failed_attempts.add(Code::tls);
    metrics.network.lost_connections.add(Code::internal);
    metrics.next_attempt_in = std::chrono::milliseconds(1'500);
    const PrometheusText text(metrics_text(metrics));
    CHECK(text.value("muster_connection_state", {{"state", "waiting"}}) == "1");
    CHECK(text.value("muster_connection_state", {{"state", "connected"}}) == "0");
    CHECK(text.families().at("muster_connection_state").samples.size() == 8);
    CHECK(text.value("muster_connection_endpoint_info", {{"endpoint", "mqtts://eu-1:8883"}}) == "1");
    CHECK(text.value("muster_outbox_dropped_total", {{"reason", "expired"}}) == "7");
    CHECK(text.value("muster_outbox_dropped_total", {{"reason", "purged"}}) == "4");
    CHECK(text.value("muster_outbox_dropped_total", {{"reason", "overflow"}}) == "0");
    CHECK(text.value("muster_readings_held") == "3");
    CHECK(text.value("muster_connection_attempts_failed_total", {{"reason", "tls"}}) == "1");
    CHECK(text.value("muster_connection_attempts_failed_total", {{"reason", "denied"}}) == "0");
    CHECK(text.value("muster_connection_attempts_failed_total", {{"reason", "corrupt"}}).empty());
    CHECK(text.value("muster_connection_losses_total", {{"reason", "internal"}}) == "1");
    CHECK(text.value("muster_connection_next_attempt_seconds") == "1.5");
    CHECK(text.value("muster_credential_not_after_timestamp_seconds").empty());
}

TEST_CASE("a certificate's end is told in seconds since 1970") {
    Metrics metrics;
    metrics.status.credential.serial_hex = "0a1b";
    metrics.status.credential.not_after = std::chrono::system_clock::time_point(std::chrono::seconds(1'900'000'000));
    const PrometheusText text(metrics_text(metrics));
    CHECK(text.value("muster_credential_not_after_timestamp_seconds") == "1900000000");
    CHECK(text.value("muster_credential_info", {{"serial", "0a1b"}}) == "1");
}

TEST_CASE("labels of the caller's are on every sample, whatever is in them") {
    Metrics metrics;
    metrics.status.client_id = "a\\b\"c\nd";
    const auto written = metrics_text(metrics, {{"client_id", "press \"01\"\\\n"}, {"site", "Zürich"}});
    REQUIRE(written);
    const PrometheusText text(*written);
    for (const auto& [name, family] : text.families()) {
        for (const auto& [labels, value] : family.samples) {
            INFO(name);
            CHECK(labels.at("client_id") == "press \"01\"\\\n");
            CHECK(labels.at("site") == "Zürich");
        }
    }
    CHECK(text.value("muster_connection_client_info", {{"client_id", "press \"01\"\\\n"}, {"site", "Zürich"}, {"client", "a\\b\"c\nd"}}) ==
          "1");
}

TEST_CASE("a label that cannot be one is refused") {
    for (const auto* name : {"", "1st", "with-dash", "__name", "reason", "state", "Zürich"}) {
        INFO(name);
        const auto written = metrics_text(Metrics{}, {{name, "x"}});
        REQUIRE_FALSE(written);
        CHECK(written.error().code() == Code::invalid_argument);
    }
    CHECK_FALSE(metrics_text(Metrics{}, {{"site", "a"}, {"site", "b"}}));
    CHECK(metrics_text(Metrics{}, {{"site", "a"}, {"line_2", "b"}}));
}

// SPDX-License-Identifier: Apache-2.0
// A device's counters for whoever watches a fleet: as a struct, as families of samples, and as the text that Prometheus reads.
#pragma once

#include <muster/result.hpp>
#include <muster/status.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace muster {

/// How often each Code was the reason.
struct CodeCounts {
    std::array<std::uint64_t, static_cast<std::size_t>(Code::internal) + 1> by_code{};

    void add(Code code) noexcept { ++by_code[static_cast<std::size_t>(code)]; }
    [[nodiscard]] std::uint64_t of(Code code) const noexcept { return by_code[static_cast<std::size_t>(code)]; }
};

/// What was tried with brokers, and what they answered, since `open`.
struct NetworkCounts {
    std::uint64_t attempts = 0;               ///< To connect; with another version of MQTT at once is the same one.
    CodeCounts failed_attempts;               ///< Those that no broker accepted, by the reason.
    CodeCounts lost_connections;              ///< By the reason; their sum is Status::disconnects.
    CodeCounts refused_messages;              ///< Messages that a broker answered with a failure, for now or for good.
    std::uint64_t refused_subscriptions = 0;  ///< Filters that a broker refused, each time it did.
    std::uint64_t sent = 0;                   ///< Messages handed to a connection, each time they were.
    std::uint64_t sent_bytes = 0;             ///< Their topics and payloads.
    std::uint64_t received_bytes = 0;         ///< Topics and payloads of Status::received.
    std::uint64_t in_flight = 0;              ///< Sent on this connection and not yet answered.
    std::uint64_t window = 0;                 ///< So many may be, on this connection or the last.
};

/// What happened to what the application gave, before it was a message of the outbox or because the disk failed; since `open`.
struct LocalCounts {
    CodeCounts refused_publishes;       ///< Calls of `publish` that failed, by the reason.
    std::uint64_t outbox_failures = 0;  ///< Times that the outbox could not do what the connection asked of it.
    std::uint64_t max_messages = 0;     ///< The bound of OutboxCounts::waiting.
    std::uint64_t max_bytes = 0;        ///< The bound of OutboxCounts::waiting_bytes, which keys count towards, too.
};

/// All that a device counts.
struct Metrics {
    Status status;
    NetworkCounts network;
    LocalCounts local;
    std::chrono::milliseconds next_attempt_in{0};  ///< What is left of the wait for the next attempt to connect; 0: it does not wait.
};

/// One number. `label` is the value of its family's label.
struct MetricSample {
    std::string label;
    double value;
};

/// Whether a number only grows while the device is open, or goes both ways.
enum class MetricKind : std::uint8_t { counter, gauge };

/// The samples of one name.
struct MetricFamily {
    std::string name;  ///< As Prometheus wants it, for example `muster_outbox_dropped_total`.
    std::string help;  ///< One sentence.
    MetricKind kind;
    std::string label;  ///< The name of the one label that tells its samples apart, for example `reason`; empty: there is one sample.
    std::vector<MetricSample> samples;
};

/// Everything in `metrics`, for an exporter of your own. Times are in seconds, sizes in bytes. A state is a family with a sample for each
/// of its values, of which one is 1. Of reasons those that are usual are always there, the others once they happened. Threads: any.
[[nodiscard]] std::vector<MetricFamily> metric_families(const Metrics& metrics);

/// Names and values of labels that every sample gets, for example `{"client_id", "press-01"}`.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// What an HTTP server says that `metrics_text` is.
constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The families in Prometheus' text format (version 0.0.4), which OpenMetrics readers take, too. Threads: any.
[[nodiscard]] std::string metrics_text(const Metrics& metrics);
/// The same with these labels. Fails with Code::invalid_argument if a name is none (letters, digits and `_`, not a digit first, nor `__`),
/// comes twice, or is a label of a family's own; values may be any UTF-8.
Result<std::string> metrics_text(const Metrics& metrics, const MetricLabels& labels);

}  // namespace muster

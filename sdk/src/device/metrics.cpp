// SPDX-License-Identifier: Apache-2.0
// A device's counters as families of samples: names, sentences, kinds.
#include <muster/metrics.hpp>
#include <muster/version.hpp>

#include <algorithm>
#include <initializer_list>

// Each struct is taken apart field by field, so that a field which is added to it does not compile until it stands here.
namespace muster {
namespace {

using Reasons = std::initializer_list<Code>;

/// Collects families. Threads: one.
class Families {
public:
    void counter(const char* name, const char* help, std::uint64_t value) { one(name, help, MetricKind::counter, value); }
    void gauge(const char* name, const char* help, std::uint64_t value) { one(name, help, MetricKind::gauge, value); }
    void seconds(const char* name, const char* help, double value) { made_.push_back({name, help, MetricKind::gauge, "", {{"", value}}}); }

    void counters(const char* name, const char* help, const char* label, std::initializer_list<std::pair<const char*, std::uint64_t>> by) {
        MetricFamily family{name, help, MetricKind::counter, label, {}};
        for (const auto& [value, count] : by) family.samples.push_back({value, static_cast<double>(count)});
        made_.push_back(std::move(family));
    }
    void reasons(const char* name, const char* help, const CodeCounts& counts, Reasons usual) {
        MetricFamily family{name, help, MetricKind::counter, "reason", {}};
        for (std::size_t i = 0; i < counts.by_code.size(); ++i) {
            const auto code = static_cast<Code>(i);
            const bool is_usual = std::find(usual.begin(), usual.end(), code) != usual.end();
            if (is_usual || counts.of(code) > 0)
                family.samples.push_back({std::string(name_of(code)), static_cast<double>(counts.of(code))});
        }
        made_.push_back(std::move(family));
    }
    /// One sample for each value up to the last one; that of `current` is 1.
    template <class Enum>
    void states(const char* name, const char* help, const char* label, Enum current, Enum last) {
        MetricFamily family{name, help, MetricKind::gauge, label, {}};
        for (int i = 0; i <= static_cast<int>(last); ++i) {
            const auto value = static_cast<Enum>(i);
            family.samples.push_back({name_of(value), value == current ? 1.0 : 0.0});
        }
        made_.push_back(std::move(family));
    }
    void info(const char* name, const char* help, const char* label, std::string value) {
        made_.push_back({name, help, MetricKind::gauge, label, {{std::move(value), 1.0}}});
    }

    [[nodiscard]] std::vector<MetricFamily> take() { return std::move(made_); }

private:
    void one(const char* name, const char* help, MetricKind kind, std::uint64_t value) {
        made_.push_back({name, help, kind, "", {{"", static_cast<double>(value)}}});
    }

    std::vector<MetricFamily> made_;
};

void add(Families& to, const OutboxCounts& counts) {
    const auto& [accepted, delivered, overflow, rejected, corrupt, stopped, expired, superseded, purged, quarantined, waiting, bytes] =
        counts;
    to.counter("muster_outbox_accepted_total", "Messages that the device took responsibility for, over the life of the outbox.", accepted);
    to.counter("muster_outbox_delivered_total", "Messages that the broker acknowledged.", delivered);
    to.counters("muster_outbox_dropped_total", "Messages given up, by reason.", "reason",
                {{"overflow", overflow},
                 {"rejected", rejected},
                 {"corrupt", corrupt},
                 {"stopped", stopped},
                 {"expired", expired},
                 {"superseded", superseded},
                 {"purged", purged}});
    to.counter("muster_outbox_quarantined_total", "Messages set aside because they cannot be sent.", quarantined);
    to.gauge("muster_outbox_waiting_messages", "Messages that are not acknowledged yet.", waiting);
    to.gauge("muster_outbox_waiting_bytes", "Topics and payloads of the messages that are not acknowledged yet.", bytes);
}

// `received` is the status' own.
void add(Families& to, const InboxCounts& counts) {
    const auto& [received, handled, unhandled, dropped_full, dropped_duplicate, waiting, acknowledged_early] = counts;
    to.counters("muster_inbox_total", "Messages that came, by what became of them.", "outcome",
                {{"handled", handled}, {"unhandled", unhandled}, {"dropped_full", dropped_full}, {"dropped_duplicate", dropped_duplicate}});
    to.gauge("muster_inbox_waiting_messages", "Messages that wait for a handler, are in one, or are to be acknowledged by hand.", waiting);
    to.counter("muster_inbox_acknowledged_early_total",
               "Messages acknowledged before their handlers had returned, or had acknowledged by hand.", acknowledged_early);
}

void add(Families& to, const LocalCounts& counts) {
    const auto& [refused, failures, max_messages, max_bytes] = counts;
    to.gauge("muster_outbox_max_messages", "The bound of the messages that wait.", max_messages);
    to.gauge("muster_outbox_max_bytes", "The bound of the bytes that wait.", max_bytes);
    to.counter("muster_outbox_failures_total", "Times that the outbox could not do what the connection asked of it.", failures);
    to.reasons("muster_publish_refused_total", "Calls of publish that failed, by reason.", refused,
               {Code::invalid_argument, Code::too_large, Code::full, Code::no_space, Code::io, Code::stopped});
}

void add(Families& to, const ReadingCounts& counts) {
    const auto& [taken, stored, unchanged, thinned, merged, refused, held] = counts;
    to.counter("muster_readings_taken_total", "Readings that publish was given.", taken);
    to.counters("muster_readings_total", "Readings by what became of them.", "outcome",
                {{"stored", stored}, {"unchanged", unchanged}, {"thinned", thinned}, {"merged", merged}, {"refused", refused}});
    to.gauge("muster_readings_held", "Readings in memory until their interval is over.", held);
}

void add(Families& to, const BatchCounts& counts) {
    const auto& [batches, readings, reading_bytes, batch_bytes] = counts;
    to.counter("muster_batches_total", "Messages that are batches of readings.", batches);
    to.counter("muster_batched_readings_total", "Readings in batches.", readings);
    to.counter("muster_batched_reading_bytes_total", "Bytes of the readings in batches as payloads of their own.", reading_bytes);
    to.counter("muster_batch_bytes_total", "Bytes of the payloads of batches.", batch_bytes);
}

void add(Families& to, const CredentialStatus& credential) {
    const auto& [state, serial_hex, not_after, renewals, last_error] = credential;
    to.states("muster_credential_state", "Where the device's certificate stands.", "state", state, CredentialState::needs_enrollment);
    to.counter("muster_credential_renewals_total", "Renewals of the certificate.", renewals);
    if (serial_hex.empty()) return;
    const std::chrono::duration<double> since_1970 = not_after.time_since_epoch();
    to.seconds("muster_credential_not_after_timestamp_seconds", "When the certificate expires.", since_1970.count());
    to.info("muster_credential_info", "The certificate in use.", "serial", serial_hex);
}

void add(Families& to, const NetworkCounts& counts) {
    const auto& [attempts, failed, lost, refused, refused_subscriptions, sent, sent_bytes, received_bytes, in_flight, window] = counts;
    to.counter("muster_connection_attempts_total", "Attempts to connect.", attempts);
    to.reasons(
        "muster_connection_attempts_failed_total", "Attempts that no broker accepted, by reason.", failed,
        {Code::unreachable, Code::timeout, Code::tls, Code::expired, Code::denied, Code::unavailable, Code::taken_over, Code::rejected});
    to.reasons("muster_connection_losses_total", "Connections lost, by reason.", lost,
               {Code::unreachable, Code::timeout, Code::denied, Code::unavailable, Code::taken_over, Code::rejected});
    to.counter("muster_messages_sent_total", "Messages handed to a connection, each time they were.", sent);
    to.counter("muster_sent_bytes_total", "Topics and payloads of the messages sent.", sent_bytes);
    to.counter("muster_received_bytes_total", "Topics and payloads of the messages received.", received_bytes);
    to.gauge("muster_in_flight_messages", "Messages sent on this connection and not answered yet.", in_flight);
    to.gauge("muster_in_flight_max_messages", "The bound of the messages in flight.", window);
    to.reasons("muster_messages_refused_total", "Messages that a broker answered with a failure, for now or for good, by reason.", refused,
               {Code::too_large, Code::denied, Code::unavailable, Code::rejected});
    to.counter("muster_subscriptions_refused_total", "Filters that a broker refused.", refused_subscriptions);
}

// `last_error` is in words: of the reasons there are counts; and `disconnects` is the sum of the losses.
void add(Families& to, const Status& status) {
    const auto& [state, client_id, endpoint, protocol, last_error, connects, disconnects, redelivered, received, inbox, outbox, readings,
                 batches, credential] = status;
    to.states("muster_connection_state", "Where the connection stands.", "state", state, ConnectionState::needs_enrollment);
    to.info("muster_connection_client_info", "The name that the device connects with.", "client", client_id);
    to.info("muster_connection_endpoint_info", "The endpoint connected to, or tried last.", "endpoint", endpoint);
    to.states("muster_connection_protocol", "The version of MQTT spoken.", "protocol", protocol, Protocol::mqtt311);
    to.counter("muster_connection_established_total", "Connections that a broker accepted.", connects);
    to.counter("muster_messages_redelivered_total", "Messages sent again after a connection was lost.", redelivered);
    to.counter("muster_messages_received_total", "Messages that came for subscriptions.", received);
    add(to, inbox);
    add(to, outbox);
    add(to, readings);
    add(to, batches);
    add(to, credential);
}

}  // namespace

std::vector<MetricFamily> metric_families(const Metrics& metrics) {
    const auto& [status, network, local, next_attempt_in] = metrics;
    Families families;
    families.info("muster_build_info", "The library's version.", "version", std::string(version()));
    add(families, status);
    add(families, network);
    families.seconds("muster_connection_next_attempt_seconds", "What is left of the wait for the next attempt to connect.",
                     std::chrono::duration<double>(next_attempt_in).count());
    add(families, local);
    return families.take();
}

}  // namespace muster

// SPDX-License-Identifier: Apache-2.0
// The figures as Prometheus reads them.
#include "admin/metrics.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace testbroker;

namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("figures are told with their labels") {
    admin::Figures figures;
    figures.core.messages_in = 12;
    figures.core.deliveries.sent = 11;
    figures.tenants.push_back({"acme", 3, 1, 5, 7, 2, 4});
    figures.events.refused.at(0x87) = 9;
    figures.events.dropped.at(0) = 6;
    figures.events.ended_by.at(1) = 8;
    figures.net.handshakes_full = 20;
    figures.net.handshakes_resumed = 21;
    figures.strangers = {{"EST", 0}, {"ws", 13}};
    figures.net.bytes_in = 5'000'000'000;
    const std::string text = to_prometheus(figures);
    for (const auto* line :
         {"muster_messages_in_total 12", "muster_messages_out_total 11", "muster_connections{tenant=\"acme\",role=\"device\"} 3",
          "muster_connections{tenant=\"acme\",role=\"application\"} 1", "muster_sessions{tenant=\"acme\"} 5",
          "muster_messages_queued{tenant=\"acme\"} 7", "muster_messages_in_flight{tenant=\"acme\"} 2",
          "muster_messages_retained{tenant=\"acme\"} 4", "muster_connects_refused_total{reason=\"not_authorized\"} 9",
          "muster_messages_dropped_total{reason=\"queue_full\"} 6", "muster_disconnects_by_total{by=\"network\"} 8",
          "muster_tls_handshakes_total{kind=\"full\"} 20", "muster_tls_handshakes_total{kind=\"resumed\"} 21",
          "muster_strangers_total{entrance=\"EST\"} 0", "muster_strangers_total{entrance=\"ws\"} 13",
          "muster_bytes_total{direction=\"in\"} 5000000000", "# TYPE muster_connections gauge",
          "# TYPE muster_messages_in_total counter"}) {
        INFO(line);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("a figure without values has its help and its type") {
    CHECK(has_line(admin::to_prometheus({}), "# TYPE muster_connections gauge"));
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// The broker's figures for Prometheus.
#pragma once

#include "admin/event_feed.hpp"
#include "core/broker_core.hpp"
#include "core/client_info.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace muster::testbroker::admin {

/// What the network counted, all shards together; without a network in its name, so that whoever counts can fill it in.
struct NetCounters {
    std::uint64_t accepted = 0;
    std::uint64_t handshakes_full = 0;
    std::uint64_t handshakes_resumed = 0;
    std::uint64_t handshakes_failed = 0;
    std::uint64_t late = 0;         ///< Cut because a handshake or a CONNECT did not come in time.
    std::uint64_t turned_away = 0;  ///< Told that the server is busy.
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t bytes_unwritten = 0;  ///< Now.
};

/// Everything that is measured, at one time.
struct Figures {
    core::Counters core;
    core::Census census;
    std::chrono::seconds uptime{0};
    std::vector<core::TenantFigures> tenants;
    EventCounts events;
    NetCounters net;
    std::uint64_t certificates_issued = 0;
    std::map<std::string, std::uint64_t> strangers;  ///< Who spoke neither HTTP nor TLS, by entrance; MQTT's are in `core`.
    std::size_t memory = 0;                          ///< What waits in the broker, in bytes,
    std::size_t max_memory = 0;                      ///< and how much may.
};

/// The text format that Prometheus scrapes (version 0.0.4).
[[nodiscard]] std::string to_prometheus(const Figures& figures);

}  // namespace muster::testbroker::admin

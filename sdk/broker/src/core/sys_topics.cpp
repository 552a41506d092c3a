// SPDX-License-Identifier: Apache-2.0
// The broker's own figures under the names that Mosquitto gave them.
#include "core/sys_topics.hpp"

#include <algorithm>

namespace muster::testbroker::core {

std::vector<std::pair<std::string, std::string>> sys_topics(const SysFigures& figures) {
    std::vector<std::pair<std::string, std::string>> topics;
    const auto add = [&topics](const char* name, std::uint64_t value) {
        topics.emplace_back(std::string("$SYS/broker/") + name, std::to_string(value));
    };
    const auto add_known = [&add](const char* name, const std::optional<std::uint64_t>& value) {
        if (value) add(name, *value);
    };
    const Census& census = figures.census;
    const DeliveryCounters& deliveries = figures.counters.deliveries;
    topics.emplace_back("$SYS/broker/version", "muster version " + std::string(figures.version));
    topics.emplace_back("$SYS/broker/uptime", std::to_string(figures.uptime.count()) + " seconds");
    add("clients/connected", census.connected);
    add("clients/disconnected", census.sessions - census.connected);
    add("clients/total", census.sessions);
    add("subscriptions/count", census.subscriptions);
    add("shared_subscriptions/count", census.shared_subscriptions);
    add("retained messages/count", census.retained);
    add("store/messages/count", census.waiting);
    add("publish/messages/received", figures.counters.messages_in);
    add("publish/messages/sent", deliveries.sent);
    add("publish/messages/dropped",
        deliveries.queue_full + deliveries.bytes_full + deliveries.congested + deliveries.expired + deliveries.too_large);
    add_known("messages/received", figures.packets_received);
    add_known("messages/sent", figures.packets_sent);
    add_known("bytes/received", figures.bytes_received);
    add_known("bytes/sent", figures.bytes_sent);
    std::sort(topics.begin(), topics.end());
    return topics;
}

}  // namespace muster::testbroker::core

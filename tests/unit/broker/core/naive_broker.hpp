// SPDX-License-Identifier: Apache-2.0
// A naive model of what the broker promises each client: no trees, no prefixes in trees, every message compared with every filter.
#pragma once

#include "base/topic.hpp"
#include "stage.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

struct NaiveMessage {
    std::string topic;  // As the publisher says it.
    std::string payload;
    Qos qos = Qos::at_most_once;
    bool retain = false;
};

/// One client id in one tenant, and what its client must have been sent.
struct NaiveClient {
    std::string tenant;
    std::string id;
    bool is_device = true;
    std::string prefix;  // Of its topics in the tenant; empty for an application.

    bool has_session = false;
    bool is_connected = false;
    std::size_t receive_maximum = 0;
    std::map<std::string, Qos> filters;
    std::optional<NaiveMessage> will;
    /// One message of QoS 1 or 2.
    struct Exchange {
        std::uint64_t number = 0;
        std::string line;
        bool is_dup = false;
        bool is_released = false;
        bool uses_quota = false;
    };
    std::deque<Exchange> waiting;
    std::deque<Exchange> in_flight;
    std::deque<std::uint64_t> unanswered;  // What this connection was sent and has not acknowledged.
    std::set<wire::PacketId> held_ids;
    std::uint64_t last_number = 0;
    Lines due;  // Since the last look.

    [[nodiscard]] std::optional<std::string> own_name(const std::string& tenant_topic) const {
        if (tenant_topic.size() <= prefix.size() || tenant_topic.substr(0, prefix.size()) != prefix) return std::nullopt;
        return tenant_topic.substr(prefix.size());
    }
    void send_waiting() {
        while (is_connected && !waiting.empty()) {
            Exchange next = waiting.front();
            const auto uses_quota = [](const Exchange& one) { return one.uses_quota; };
            const auto used = static_cast<std::size_t>(std::count_if(in_flight.begin(), in_flight.end(), uses_quota));
            if (!next.is_released && used >= receive_maximum) return;
            due.push_back(next.is_released ? "pubrel 0" : next.line + (next.is_dup ? " dup" : ""));
            next.uses_quota = !next.is_released;
            in_flight.push_back(next);
            unanswered.push_back(next.number);
            waiting.pop_front();
        }
    }
    /// Answers the oldest PUBLISH or PUBREL.
    void acknowledge() {
        const auto number = unanswered.front();
        unanswered.pop_front();
        const auto one = std::find_if(in_flight.begin(), in_flight.end(), [&](const Exchange& any) { return any.number == number; });
        if (one->line.find(" q2") != std::string::npos && !one->is_released) {
            one->is_released = true;
            unanswered.push_back(number);
            due.push_back("pubrel 0");
        } else {
            in_flight.erase(one);
            send_waiting();
        }
    }
    void deliver(const std::string& own_topic, const std::string& payload, Qos qos, bool retain) {
        const std::string line = own_topic + "=" + payload + " q" + std::to_string(static_cast<int>(qos)) + (retain ? " retained" : "");
        if (qos == Qos::at_most_once) {
            if (is_connected) due.push_back(line);
        } else {
            waiting.push_back({++last_number, line});
            send_waiting();
        }
    }
};

/// Threads: one.
class NaiveBroker {
public:
    std::vector<NaiveClient> clients;

    /// Returns how many clients it was for.
    std::size_t publish(const NaiveClient& publisher, const NaiveMessage& message) {
        const std::string topic = publisher.prefix + message.topic;
        auto& kept = retained_[publisher.tenant];
        if (message.retain) kept.erase(topic);
        if (message.retain && !message.payload.empty()) kept[topic] = message;
        std::size_t receivers = 0;
        for (NaiveClient& client : clients) {
            const auto own = client.own_name(topic);
            if (client.tenant != publisher.tenant || !own) continue;
            std::optional<Qos> granted;
            for (const auto& [filter, qos] : client.filters) {
                if (base::filter_matches(filter, *own)) granted = std::max(granted.value_or(qos), qos);
            }
            if (!granted) continue;
            client.deliver(*own, message.payload, std::min(*granted, message.qos), false);
            ++receivers;
        }
        return receivers;
    }

    void subscribe(NaiveClient& client, const std::string& filter, Qos qos) {
        client.filters[filter] = qos;
        client.due.push_back("suback " + std::to_string(static_cast<int>(qos)));
        for (const auto& [topic, message] : retained_[client.tenant]) {
            const auto own = client.own_name(topic);
            if (own && base::filter_matches(filter, *own)) client.deliver(*own, message.payload, std::min(qos, message.qos), true);
        }
    }

    void end_connection(NaiveClient& client, bool with_will) {
        client.is_connected = false;
        client.unanswered.clear();
        for (; !client.in_flight.empty(); client.in_flight.pop_back()) {
            auto& exchange = client.waiting.emplace_front(client.in_flight.back());
            exchange.is_dup = true;
            exchange.uses_quota = false;
        }
        if (const auto will = std::exchange(client.will, std::nullopt); will && with_will) publish(client, *will);
    }

    /// The session outlives its connection until a clean start.
    void connect(NaiveClient& client, bool clean_start, std::size_t receive_maximum, std::optional<NaiveMessage> will) {
        if (client.is_connected) end_connection(client, true);
        const bool had_session = std::exchange(client.has_session, true);
        if (clean_start) {
            client.filters.clear();
            client.waiting.clear();
            client.held_ids.clear();
        }
        client.due.push_back(had_session && !clean_start ? "connack 0 present" : "connack 0");
        client.is_connected = true;
        client.receive_maximum = receive_maximum;
        client.will = std::move(will);
        client.send_waiting();
    }

private:
    std::map<std::string, std::map<std::string, NaiveMessage>> retained_;  // By tenant and tenant's topic.
};

}  // namespace muster::test

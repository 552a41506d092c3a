// SPDX-License-Identifier: Apache-2.0
// A naive model of what the broker promises each client: no trees, no prefixes in trees, every message compared with every filter.
#pragma once

#include "base/topic.hpp"
#include "stage.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace muster::test {

/// `$share/<group>/<filter>` without its first two parts.
inline std::string plain(const std::string& filter) {
    return filter.rfind("$share/", 0) == 0 ? filter.substr(filter.find('/', 7) + 1) : filter;
}
inline bool is_shared_filter(const std::string& filter) {
    return plain(filter) != filter;
}

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
    bool is_isolated = true;
    std::string prefix;  // Of its topics in the tenant; empty for an application.

    bool keeps_session = true;  // After its connection.
    bool has_session = false;
    bool is_stored = false;  // The session goes on if the broker ends and another begins.
    bool is_connected = false;
    std::size_t receive_maximum = 0;
    std::map<std::string, Qos> filters;
    std::optional<NaiveMessage> will;
    /// One message of QoS 1 or 2.
    struct Exchange {
        std::uint64_t number = 0;
        std::string line;
        std::string group;     // That it came by; empty if by none.
        std::string topic;     // The tenant's.
        NaiveMessage message;  // As it was published.
        bool is_dup = false;   // It was sent on an earlier connection.
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
    void deliver(const std::string& topic, const NaiveMessage& message, Qos granted, bool retain, const std::string& group = {}) {
        const Qos qos = std::min(granted, message.qos);
        const std::string line =
            *own_name(topic) + "=" + message.payload + " q" + std::to_string(static_cast<int>(qos)) + (retain ? " retained" : "");
        if (qos == Qos::at_most_once) {
            if (is_connected) due.push_back(line);
        } else {
            Exchange& exchange = waiting.emplace_back();
            exchange.number = ++last_number;
            exchange.line = line;
            exchange.group = group;
            exchange.topic = topic;
            exchange.message = message;
            send_waiting();
        }
    }
};

inline NaiveClient naive_client(const std::string& tenant, const std::string& id, bool is_device, const std::string& prefix) {
    NaiveClient made;
    made.tenant = tenant;
    made.id = id;
    made.is_device = is_device;
    made.prefix = prefix;
    return made;
}

/// Threads: one.
class NaiveBroker {
public:
    std::vector<NaiveClient> clients;
    std::size_t shared_deliveries = 0;

    /// Nobody may publish what looks like the broker's word, to its own or to a device's eyes.
    static bool is_denied(const NaiveClient& publisher, const std::string& topic) {
        const auto is_sys = [](const std::string& text) { return text == "$SYS" || text.rfind("$SYS/", 0) == 0; };
        const bool speaks_to_devices = publisher.is_isolated && !publisher.is_device && topic.find('/') != std::string::npos;
        return is_sys(topic) || (speaks_to_devices && is_sys(topic.substr(topic.find('/') + 1)));
    }

    /// Returns how many clients and groups it was for.
    std::size_t publish(const NaiveClient& publisher, const NaiveMessage& message) {
        const std::string topic = publisher.prefix + message.topic;
        const std::string tenant = publisher.tenant;
        auto& kept = retained_[tenant];
        if (message.retain) kept.erase(topic);
        if (message.retain && !message.payload.empty()) kept[topic] = message;
        std::size_t receivers = 0;
        std::map<std::uint64_t, std::string> meant;  // By age.
        for (NaiveClient& client : clients) {
            if (client.tenant != tenant || !client.own_name(topic)) continue;
            std::optional<Qos> granted;
            for (const auto& [filter, qos] : client.filters) {
                if (!base::filter_matches(plain(filter), *client.own_name(topic))) continue;
                if (is_shared_filter(filter))
                    meant[groups_[group_of(client, filter)].number] = group_of(client, filter);
                else
                    granted = std::max(granted.value_or(qos), qos);
            }
            if (!granted) continue;
            client.deliver(topic, message, *granted, false);
            ++receivers;
        }
        for (const auto& [number, group] : meant) deliver_shared(group, topic, message);
        return receivers + meant.size();
    }

    void subscribe(NaiveClient& client, const std::string& filter, Qos qos) {
        const bool is_new = client.filters.count(filter) == 0;
        client.filters[filter] = qos;
        client.due.push_back("suback " + std::to_string(static_cast<int>(qos)));
        if (is_shared_filter(filter)) {
            Group& group = groups_[group_of(client, filter)];
            if (group.members.empty()) group.number = ++last_group_;
            if (is_new) group.members.push_back({index_of(client), filter});
            return;
        }
        for (const auto& [topic, message] : retained_[client.tenant]) {
            const auto own = client.own_name(topic);
            if (own && base::filter_matches(filter, *own)) client.deliver(topic, message, qos, true);
        }
    }

    void unsubscribe(NaiveClient& client, const std::string& filter) {
        client.filters.erase(filter);
        client.due.emplace_back("unsuback 0");
        if (!is_shared_filter(filter)) return;
        const std::string group = group_of(client, filter);
        leave(client, group);
        std::deque<NaiveClient::Exchange> unsent;
        for (auto& exchange : std::exchange(client.waiting, {})) {
            (exchange.group == group && !exchange.is_dup ? unsent : client.waiting).push_back(exchange);
        }
        for (const auto& exchange : unsent) deliver_shared(group, exchange.topic, exchange.message);
    }

    void end_connection(NaiveClient& client, bool with_will) {
        lose_connection(client);
        to_the_end_of_its_groups(client);
        if (const auto will = std::exchange(client.will, std::nullopt); will && with_will) publish(client, *will);
        if (!client.keeps_session) end_session(client);
    }

    /// The session outlives its connection, if it is kept, until a clean start.
    void connect(NaiveClient& client, bool clean_start, std::size_t receive_maximum, std::optional<NaiveMessage> will,
                 bool keeps_session = true) {
        if (client.is_connected) end_connection(client, true);
        if (clean_start && client.has_session) end_session(client);
        client.due.push_back(client.has_session ? "connack 0 present" : "connack 0");
        client.is_stored = keeps_session || (client.has_session && client.is_stored);
        client.has_session = client.is_connected = true;
        client.keeps_session = keeps_session;
        client.receive_maximum = receive_maximum;
        client.will = std::move(will);
        to_the_end_of_its_groups(client);
        client.send_waiting();
    }

    /// Another process: who was connected has lost the connection, and what was not stored is gone without a trace.
    void restart() {
        std::vector<std::size_t> was_connected;
        for (const std::size_t i : in_order_of_names()) {
            if (clients[i].is_connected) was_connected.push_back(i);
            lose_connection(clients[i]);
        }
        for (auto& [name, group] : groups_) group.members.clear();
        for (const std::size_t i : in_order_of_names()) {
            NaiveClient& client = clients[i];
            if (!client.is_stored) forget(client);
            for (const auto& [filter, qos] : client.filters) {
                if (is_shared_filter(filter)) groups_[group_of(client, filter)].members.push_back({i, filter});
            }
        }
        for (const std::size_t i : was_connected) {
            NaiveClient& client = clients[i];
            if (client.has_session && !client.keeps_session) end_session(client);
            if (const auto will = std::exchange(client.will, std::nullopt)) publish(client, *will);
        }
    }

private:
    struct Member {
        std::size_t client;  // By its index.
        std::string filter;
    };
    struct Group {
        std::uint64_t number = 0;     // In the order of creation.
        std::vector<Member> members;  // In the order of their turns.
    };

    [[nodiscard]] std::size_t index_of(const NaiveClient& client) const { return static_cast<std::size_t>(&client - clients.data()); }
    // NUL stands in no name.
    static std::string group_of(const NaiveClient& client, const std::string& filter) {
        return client.tenant + std::string(1, '\0') + client.prefix + std::string(1, '\0') + filter;
    }

    // To the first that is connected, or to the first if none is; who was served is the last.
    void deliver_shared(const std::string& group, const std::string& topic, const NaiveMessage& message) {
        auto& members = groups_[group].members;
        if (members.empty()) return;
        auto next = std::find_if(members.begin(), members.end(), [this](const Member& any) { return clients[any.client].is_connected; });
        if (next == members.end()) next = members.begin();
        ++shared_deliveries;
        std::rotate(next, std::next(next), members.end());
        NaiveClient& client = clients[members.back().client];
        client.deliver(topic, message, client.filters.at(members.back().filter), false, group);
    }
    void to_the_end_of_its_groups(const NaiveClient& client) {
        for (const auto& [filter, qos] : client.filters) {
            if (!is_shared_filter(filter)) continue;
            auto& members = groups_[group_of(client, filter)].members;
            std::stable_partition(members.begin(), members.end(), [&](const Member& any) { return any.client != index_of(client); });
        }
    }
    static void lose_connection(NaiveClient& client) {
        client.is_connected = false;
        client.unanswered.clear();
        for (; !client.in_flight.empty(); client.in_flight.pop_back()) {
            auto& exchange = client.waiting.emplace_front(client.in_flight.back());
            exchange.is_dup = true;
            exchange.uses_quota = false;
        }
    }
    static void forget(NaiveClient& client) {
        client.waiting.clear();
        client.filters.clear();
        client.held_ids.clear();
        client.has_session = false;
    }
    [[nodiscard]] std::vector<std::size_t> in_order_of_names() const {
        std::vector<std::size_t> order(clients.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto name = [this](std::size_t i) { return std::tie(clients[i].tenant, clients[i].is_device, clients[i].id); };
        std::sort(order.begin(), order.end(), [&](std::size_t one, std::size_t two) { return name(one) < name(two); });
        return order;
    }
    void leave(const NaiveClient& client, const std::string& group) {
        auto& members = groups_[group].members;
        members.erase(std::remove_if(members.begin(), members.end(), [&](const Member& any) { return any.client == index_of(client); }),
                      members.end());
    }
    void end_session(NaiveClient& client) {
        const auto left_behind = std::exchange(client.waiting, {});
        for (const auto& [filter, qos] : client.filters) {
            if (is_shared_filter(filter)) leave(client, group_of(client, filter));
        }
        forget(client);
        for (const auto& exchange : left_behind) {
            const bool was_begun_at_qos_2 = exchange.is_dup && exchange.line.find(" q2") != std::string::npos;
            if (!exchange.group.empty() && !was_begun_at_qos_2) deliver_shared(exchange.group, exchange.topic, exchange.message);
        }
    }

private:
    std::map<std::string, std::map<std::string, NaiveMessage>> retained_;  // By tenant and tenant's topic.
    std::map<std::string, Group> groups_;
    std::uint64_t last_group_ = 0;
};

}  // namespace muster::test

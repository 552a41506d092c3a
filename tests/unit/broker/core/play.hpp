// SPDX-License-Identifier: Apache-2.0
// Random operations from a seed, told to the broker and to the naive model, and compared.
#pragma once

#include "naive_broker.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

/// The same operations for the broker and for the model. Threads: one.
class Play {
public:
    Play(std::uint64_t seed, std::vector<NaiveClient> cast, std::vector<std::string> filters, std::vector<std::string> topics)
        : random_(seed), filters_(std::move(filters)), topics_(std::move(topics)) {
        model_.clients = std::move(cast);
        connections_.resize(model_.clients.size());
        for (std::size_t i = 0; i < model_.clients.size(); ++i) by_tenant_[model_.clients[i].tenant].push_back(i);
    }

    void step() {
        const std::size_t who = draw(model_.clients.size());
        NaiveClient& client = model_.clients[who];
        last_tenant_ = client.tenant;
        const std::size_t what = draw(24);
        if (!client.is_connected || what == 0) {
            connect(who);
        } else if (what == 1) {
            model_.end_connection(client, true);
            stage_.core.connection_lost(connections_[who], stage_.clock.now());
        } else if (what == 2) {
            model_.end_connection(client, false);
            stage_.say(connections_[who], wire::Disconnect{});
        } else if (what < 6) {
            toggle(who);
        } else if (what < 13) {
            acknowledge(who);
        } else if (what == 13) {
            release(who);
        } else {
            publish(who);
        }
    }

    /// The broker ends without a word, and another begins: `reload` gives it what was stored.
    template <class Reload>
    void restart(const Reload& reload) {
        check_all_tenants();
        stage_.restart();
        reload(stage_);
        stage_.core.tick(stage_.clock.now());
        model_.restart();
        check_all_tenants();
    }
    [[nodiscard]] Stage& stage() { return stage_; }

    /// Everybody in the tenant of the last step got what was due.
    void check() { check(by_tenant_[last_tenant_]); }
    void check_all_tenants() {
        for (const auto& [tenant, members] : by_tenant_) check(members);
    }
    [[nodiscard]] std::size_t shared_deliveries() const { return model_.shared_deliveries; }
    void forget_packets() { stage_.forget_packets(); }

    std::size_t deliveries = 0;
    std::size_t cross_deliveries = 0;  // Of another tenant's messages, or of another device's in an isolated one, whatever the model says.

private:
    std::size_t draw(std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random_, bound - 1)); }
    Qos draw_qos() { return static_cast<Qos>(draw(3)); }
    const std::string& draw_topic() { return topics_[draw(topics_.size())]; }

    // Who says it stands in every payload.
    std::string payload_of(const NaiveClient& client) {
        return client.tenant + "|" + (client.is_device ? client.id : "") + "|" + std::to_string(++last_payload_);
    }
    static bool crosses(const NaiveClient& receiver, const std::string& line) {
        const auto first = line.find('|');
        const auto second = line.find('|', first + 1);
        if (second == std::string::npos) return false;
        const auto begin = line.rfind('=', first) + 1;
        const std::string device = line.substr(first + 1, second - first - 1);
        if (line.substr(begin, first - begin) != receiver.tenant) return true;
        return receiver.is_isolated && receiver.is_device && !device.empty() && device != receiver.id;
    }

    void check(const std::vector<std::size_t>& whom) {
        for (const std::size_t i : whom) {
            NaiveClient& client = model_.clients[i];
            const Lines seen = stage_.take(connections_[i]);
            const Lines due = std::exchange(client.due, {});
            for (const std::string& line : seen) {
                if (crosses(client, line)) ++cross_deliveries;
            }
            INFO(client.tenant << " " << client.id << (client.is_device ? " device" : " application"));
            if (seen != due) CHECK(seen == due);
            REQUIRE(cross_deliveries == 0);
            REQUIRE(seen.size() == due.size());
            deliveries += seen.size();
        }
    }

    void connect(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        wire::Connect packet;
        packet.clean_start = draw(4) == 0;
        const bool keeps_session = draw(4) != 0;
        packet.properties.session_expiry_interval = keeps_session ? 1'000U : 0U;
        const auto receive_maximum = static_cast<std::uint16_t>(1 + draw(4));
        packet.properties.receive_maximum = receive_maximum;
        packet.properties.topic_alias_maximum = static_cast<std::uint16_t>(draw(4));
        std::optional<NaiveMessage> will;
        if (draw(2) == 0) will = NaiveMessage{draw_topic(), payload_of(client), draw_qos(), draw(2) == 0};
        if (will) packet.will = wire::Will{will->topic, will->payload, will->qos, will->retain, {}};
        const std::string user = client.tenant + "/app";
        packet.client_id = client.id;
        if (!client.is_device) {
            packet.username = user;
            packet.password = "pw";
        }
        const bool takes_over = client.is_connected;
        const auto old = connections_[who];
        const auto next = client.is_device ? stage_.open(Stage::certificate(client.id, client.tenant)) : stage_.open({});
        stage_.say(next, packet);
        if (will && NaiveBroker::is_denied(client, will->topic)) {
            REQUIRE(stage_.is_closed(next));
            REQUIRE(stage_.take(next) == Lines{"connack 135"});
            return;
        }
        if (takes_over) {
            REQUIRE(stage_.is_closed(old));
            const Lines last_words = stage_.take(old);
            REQUIRE(last_words == Lines{"disconnect 142"});
        }
        connections_[who] = next;
        aliases_[who].clear();
        model_.connect(client, packet.clean_start, receive_maximum, will, keeps_session);
    }

    void toggle(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        const std::string& filter = filters_[draw(filters_.size())];
        if (client.filters.count(filter) != 0 && draw(2) == 0) {
            wire::Unsubscribe packet;
            packet.packet_id = 1;
            packet.filters = {filter};
            stage_.say(connections_[who], packet);
            return model_.unsubscribe(client, filter);
        }
        const Qos qos = draw_qos();
        stage_.subscribe(connections_[who], filter, qos);
        model_.subscribe(client, filter, qos);
    }

    void acknowledge(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        REQUIRE(stage_.acknowledge_oldest(connections_[who]) == !client.unanswered.empty());
        if (!client.unanswered.empty()) client.acknowledge();
    }

    wire::PacketId draw_id() { return static_cast<wire::PacketId>(1 + draw(3)); }

    void release(std::size_t who) {
        const wire::PacketId id = draw_id();
        const bool was_held = model_.clients[who].held_ids.erase(id) != 0;
        stage_.acknowledge<wire::Pubrel>(connections_[who], id);
        model_.clients[who].due.push_back(was_held ? "pubcomp 0" : "pubcomp 146");
    }

    void publish(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        const bool retain = draw(3) == 0;
        const bool is_empty = retain && draw(2) == 0;
        const NaiveMessage message{draw_topic(), is_empty ? "" : payload_of(client), draw_qos(), retain};
        const wire::PacketId id = draw_id();
        say_publish(who, message, id);
        if (message.qos == Qos::exactly_once && client.held_ids.count(id) != 0) {
            client.due.emplace_back("pubrec 0");  // A message that was taken before.
            return;
        }
        if (NaiveBroker::is_denied(client, message.topic)) {
            if (message.qos != Qos::at_most_once) client.due.emplace_back(message.qos == Qos::at_least_once ? "puback 135" : "pubrec 135");
            return;
        }
        if (message.qos == Qos::exactly_once) client.held_ids.insert(id);
        const std::string reason = model_.publish(client, message) == 0 ? " 16" : " 0";
        if (message.qos == Qos::at_least_once) client.due.push_back("puback" + reason);
        if (message.qos == Qos::exactly_once) client.due.push_back("pubrec" + reason);
    }

    // Half of the time with an alias, and with nothing else once the alias is known.
    void say_publish(std::size_t who, const NaiveMessage& message, wire::PacketId id) {
        wire::Publish packet;
        packet.topic = message.topic;
        packet.payload = message.payload;
        packet.qos = message.qos;
        packet.retain = message.retain;
        if (message.qos != Qos::at_most_once) packet.packet_id = id;
        if (draw(2) == 0) {
            const auto alias = static_cast<std::uint16_t>(1 + draw(3));
            packet.properties.topic_alias = alias;
            if (aliases_[who][alias] == message.topic) packet.topic = {};
            aliases_[who][alias] = message.topic;
        }
        stage_.say(connections_[who], packet);
    }

    SeededRandom random_;
    std::vector<std::string> filters_;
    std::vector<std::string> topics_;
    std::map<std::string, std::vector<std::size_t>> by_tenant_;
    std::string last_tenant_;
    Stage stage_;
    NaiveBroker model_;
    std::vector<core::ConnectionId> connections_;
    std::map<std::size_t, std::map<std::uint16_t, std::string>> aliases_;  // That the clients gave.
    std::uint64_t last_payload_ = 0;
};

}  // namespace muster::test

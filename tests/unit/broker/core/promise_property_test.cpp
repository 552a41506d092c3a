// SPDX-License-Identifier: Apache-2.0
// Random sessions, losses, takeovers, wills, retained messages and windows from a seed: the broker does what the naive model says.
#include "naive_broker.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

const std::vector<std::string> filters{"#", "+", "a/#", "+/b", "a/b", "a", "+/+", "dev-1/#", "+/a/#", "dev-2/a", "$x/#", "+/+/b"};
const std::vector<std::string> topics{"a", "a/b", "a/b/c", "b", "$x/a", "dev-1/a", "dev-1/a/b", "dev-2/a", "dev-2/b", "dev%2F3/a"};

/// The same operations for the broker and for the model. Threads: one.
class Play {
public:
    explicit Play(std::uint64_t seed) : random_(seed) {
        for (const std::string tenant : {"acme", "other"}) {
            add(tenant, "dev-1", true, "dev-1/");
            add(tenant, "dev-2", true, "dev-2/");
            add(tenant, "dev/3", true, "dev%2F3/");
            add(tenant, "#", true, "%23/");
            add(tenant, "app-1", false, "");
            add(tenant, "dev-1", false, "");
        }
    }

    void step() {
        const std::size_t who = draw(model_.clients.size());
        NaiveClient& client = model_.clients[who];
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

    void check() {
        for (std::size_t i = 0; i < model_.clients.size(); ++i) {
            NaiveClient& client = model_.clients[i];
            INFO(client.tenant << " " << client.id << (client.is_device ? " device" : " application"));
            const Lines seen = stage_.take(connections_[i]);
            const Lines due = std::exchange(client.due, {});
            REQUIRE(seen == due);
            deliveries += seen.size();
        }
    }

    std::size_t deliveries = 0;

private:
    std::size_t draw(std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random_, bound - 1)); }
    Qos draw_qos() { return static_cast<Qos>(draw(3)); }
    const std::string& draw_topic() { return topics[draw(topics.size())]; }

    void add(const std::string& tenant, const std::string& id, bool is_device, const std::string& prefix) {
        NaiveClient client;
        client.tenant = tenant;
        client.id = id;
        client.is_device = is_device;
        client.prefix = prefix;
        model_.clients.push_back(client);
        connections_.push_back(0);
    }

    void connect(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        wire::Connect packet;
        packet.clean_start = draw(4) == 0;
        packet.properties.session_expiry_interval = 1'000U;
        const auto receive_maximum = static_cast<std::uint16_t>(1 + draw(4));
        packet.properties.receive_maximum = receive_maximum;
        packet.properties.topic_alias_maximum = static_cast<std::uint16_t>(draw(4));
        aliases_[who].clear();
        std::optional<NaiveMessage> will;
        if (draw(2) == 0) will = NaiveMessage{draw_topic(), "will" + std::to_string(++last_payload_), draw_qos(), draw(2) == 0};
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
        if (takes_over) {
            REQUIRE(stage_.is_closed(old));
            const Lines last_words = stage_.take(old);
            REQUIRE(last_words == Lines{"disconnect 142"});
        }
        connections_[who] = next;
        model_.connect(client, packet.clean_start, receive_maximum, will);
    }

    void toggle(std::size_t who) {
        NaiveClient& client = model_.clients[who];
        const std::string& filter = filters[draw(filters.size())];
        if (client.filters.count(filter) != 0 && draw(2) == 0) {
            wire::Unsubscribe packet;
            packet.packet_id = 1;
            packet.filters = {filter};
            stage_.say(connections_[who], packet);
            client.filters.erase(filter);
            client.due.push_back("unsuback 0");
            return;
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
        const NaiveMessage message{draw_topic(), is_empty ? "" : std::to_string(++last_payload_), draw_qos(), retain};
        const wire::PacketId id = draw_id();
        say_publish(who, message, id);
        if (message.qos == Qos::exactly_once && !client.held_ids.insert(id).second) {
            client.due.emplace_back("pubrec 0");  // A message that was taken before.
            return;
        }
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

    Stage stage_;
    NaiveBroker model_;
    SeededRandom random_;
    std::vector<core::ConnectionId> connections_;
    std::map<std::size_t, std::map<std::uint16_t, std::string>> aliases_;  // That the clients gave.
    std::uint64_t last_payload_ = 0;
};

}  // namespace

TEST_CASE("over random sessions, losses and wills every client gets exactly what the model says") {
    for (const std::uint64_t seed : {1U, 2U, 3U, 20'261'121U}) {
        Play play(seed);
        for (int operation = 0; operation < 5'000; ++operation) {
            INFO("seed " << seed << ", operation " << operation);
            play.step();
            play.check();
        }
        CHECK(play.deliveries > 5'000);
    }
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Random tenants, devices and operations from a seed: what a naive model of the promise says is what happens, and nothing crosses over.
#include "base/topic.hpp"
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

/// One client as the model sees it.
struct Client {
    std::string tenant;
    std::string prefix;  // What the tenant puts before its topics; empty for an application.
    core::ConnectionId connection = 0;
    std::set<std::string> filters;
};

const std::vector<std::string> filters{"#", "+", "a/#", "+/b", "a/b", "a", "+/+", "dev-1/#", "+/a/#", "dev-2/a", "$x/#", "+/+/b"};
const std::vector<std::string> topics{"a", "a/b", "a/b/c", "b", "$x/a", "dev-1/a", "dev-1/a/b", "dev-2/a", "dev-2/b"};

}  // namespace

TEST_CASE("over random operations every client gets exactly what the model says, and nothing crosses over") {
    SeededRandom random(20'261'120);
    const auto draw = [&](std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random, bound - 1)); };
    Stage stage;
    std::vector<Client> clients;
    for (const std::string tenant : {"acme", "other"}) {
        for (const std::string id : {"dev-1", "dev-2", "dev/3", "#"}) {
            const std::string prefix = (id == "dev/3" ? "dev%2F3" : id == "#" ? "%23" : id) + "/";
            clients.push_back({tenant, prefix, stage.device(id, tenant), {}});
        }
        clients.push_back({tenant, "", stage.application("app-1", tenant), {}});
        clients.push_back({tenant, "", stage.application("dev-1", tenant), {}});
    }
    std::size_t deliveries = 0;
    for (int operation = 0; operation < 20'000; ++operation) {
        Client& client = clients[draw(clients.size())];
        if (draw(4) == 0) {
            const auto& filter = filters[draw(filters.size())];
            if (client.filters.erase(filter) != 0) {
                wire::Unsubscribe packet;
                packet.packet_id = 1;
                packet.filters = {filter};
                stage.say(client.connection, packet);
            } else {
                stage.subscribe(client.connection, filter, Qos::at_most_once);
                client.filters.insert(filter);
            }
            for (const auto& other : clients) stage.take(other.connection);
            continue;
        }
        const auto& topic = topics[draw(topics.size())];
        const std::string payload = std::to_string(operation);
        stage.publish(client.connection, topic, payload);
        const std::string tenant_topic = client.prefix + topic;
        for (const auto& receiver : clients) {
            Lines expected;
            const bool in_space = receiver.tenant == client.tenant && tenant_topic.size() > receiver.prefix.size() &&
                                  tenant_topic.substr(0, receiver.prefix.size()) == receiver.prefix;
            if (in_space) {
                const std::string own = tenant_topic.substr(receiver.prefix.size());
                for (const auto& filter : receiver.filters) {
                    if (base::filter_matches(filter, own)) expected = {own + "=" + payload + " q0"};
                }
            }
            deliveries += expected.size();
            INFO("operation " << operation << " " << tenant_topic);
            REQUIRE(stage.take(receiver.connection) == expected);
        }
    }
    CHECK(deliveries > 5'000);
}

}  // namespace muster::test

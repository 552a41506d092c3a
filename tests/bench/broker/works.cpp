// SPDX-License-Identifier: Apache-2.0
// The table of works with the limits that muster's broker is held to.
#include "work.hpp"

namespace muster::bench {
namespace {

// Several publishers' messages must wait in the server, or it would be woken for each alone, which is dear and depends on the client.
constexpr std::uint32_t window = 4;
constexpr std::uint32_t batch = 16;

Work fan_in_work(std::string name, std::string title, const FanIn& fan_in, double of_relay, double of_mosquitto) {
    std::vector<Limit> limits{{cpu_per_message, ServerKind::relay, of_relay}};
    if (of_mosquitto > 0) limits.push_back({cpu_per_message, ServerKind::mosquitto, of_mosquitto});
    return {std::move(name), std::move(title), std::move(limits),
            [fan_in](ServerKind kind, Bench& bench, const Scale& scale) { return open_fan_in(fan_in, kind, bench, scale); }};
}

}  // namespace

std::vector<Work> all_works() {
    constexpr std::uint32_t many = 10'000;
    std::vector<Work> works;
    works.push_back(fan_in_work("fan-in-qos0", "Fan-in, 1,000 publishers, QoS 0", {1'000, Qos::at_most_once, 1, window}, 1.15, 0.5));
    works.push_back(fan_in_work("fan-in-qos1", "Fan-in, 1,000 publishers, QoS 1", {1'000, Qos::at_least_once, 1, window}, 1.3, 0.4));
    works.push_back(fan_in_work("batch-qos0", "Fan-in, 1,000 publishers, QoS 0, 16 messages per client write",
                                {1'000, Qos::at_most_once, batch, 2 * batch}, 4, 0.15));
    works.push_back(fan_in_work("batch-qos1", "Fan-in, 1,000 publishers, QoS 1, 16 messages per client write",
                                {1'000, Qos::at_least_once, batch, 2 * batch}, 4, 0.15));
    works.push_back(fan_in_work("fan-in-10000", "Fan-in, 10,000 publishers, QoS 0", {many, Qos::at_most_once, 1, 1}, 1.4, 0));
    works.push_back({"idle",
                     "Idle plain connections, 10,000",
                     {{bytes_per_connection, ServerKind::mosquitto, 1.0}},
                     [](ServerKind kind, Bench& bench, const Scale& scale) { return open_idle(many, kind, bench, scale); }});
    works.push_back({"storm",
                     "Connect storm, 10,000 plain connections at once",
                     {{connects_per_second, ServerKind::mosquitto, 3.0, Limit::Bound::at_least}, {connect_p99, ServerKind::mosquitto, 0.2}},
                     [](ServerKind kind, Bench& bench, const Scale& scale) { return open_storm(many, kind, bench, scale); }});
    return works;
}

}  // namespace muster::bench

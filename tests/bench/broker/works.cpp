// SPDX-License-Identifier: Apache-2.0
// The table of works with the limits that muster's broker is held to.
#include "work.hpp"

namespace muster::bench {
namespace {

constexpr std::uint32_t batch = 16;

Work fan_in_work(std::string name, std::string title, const FanIn& fan_in, double of_relay, double of_mosquitto) {
    std::vector<Limit> limits{{cpu_per_message, ServerKind::bare, of_relay}};
    if (of_mosquitto > 0) limits.push_back({cpu_per_message, ServerKind::mosquitto, of_mosquitto});
    return {std::move(name), std::move(title), std::move(limits),
            [fan_in](ServerKind kind, Bench& bench, const Scale& scale) { return open_fan_in(fan_in, kind, bench, scale); }};
}

Work handshake_work(std::string name, std::string title, const Handshakes& handshakes) {
    return {std::move(name),
            std::move(title),
            {{cpu_per_handshake, ServerKind::bare, 1.1}},
            [handshakes](ServerKind kind, Bench& bench, const Scale& scale) { return open_handshakes(handshakes, kind, bench, scale); }};
}

}  // namespace

fleet::Plan plan_of_devices(const Server& server, const Bench& bench, std::uint32_t count) {
    fleet::Plan plan;
    plan.target.port = server.port();
    plan.publishers = {count, Qos::at_most_once, [&server](std::uint32_t number) { return server.device(number); }};
    if (server.security() == Security::plain) return plan;
    plan.tls.emplace();
    plan.tls->ca_pem = bench.pki().root_pem();
    plan.tls->identity = [&bench](std::uint32_t number) { return bench.pki().device(number); };
    return plan;
}

std::vector<Work> all_works() {
    constexpr std::uint32_t many = 10'000;
    std::vector<Work> works;
    works.push_back(fan_in_work("fan-in-qos0", "Fan-in, 1,000 publishers, QoS 0", {1'000, Qos::at_most_once, 1}, 1.15, 0.5));
    works.push_back(fan_in_work("fan-in-qos1", "Fan-in, 1,000 publishers, QoS 1", {1'000, Qos::at_least_once, 1}, 1.3, 0.4));
    works.push_back(fan_in_work("batch-qos0", "Fan-in, 1,000 publishers, QoS 0, 16 messages per client write",
                                {1'000, Qos::at_most_once, batch}, 4, 0.15));
    works.push_back(fan_in_work("batch-qos1", "Fan-in, 1,000 publishers, QoS 1, 16 messages per client write",
                                {1'000, Qos::at_least_once, batch}, 4, 0.15));
    works.push_back(fan_in_work("fan-in-10000", "Fan-in, 10,000 publishers, QoS 0", {many, Qos::at_most_once, 1}, 1.4, 0));
    works.push_back({"idle",
                     "Idle plain connections, 10,000",
                     {{bytes_per_connection, ServerKind::mosquitto, 1.0}},
                     [](ServerKind kind, Bench& bench, const Scale& scale) {
                         return open_idle({many, Security::plain}, kind, bench, scale);
                     }});
    works.push_back({"storm",
                     "Connect storm, 10,000 plain connections at once",
                     {{connects_per_second, ServerKind::mosquitto, 3.0, Limit::Bound::at_least}, {connect_p99, ServerKind::mosquitto, 0.2}},
                     [](ServerKind kind, Bench& bench, const Scale& scale) { return open_storm(many, kind, bench, scale); }});
    works.push_back({"tls-idle",
                     "Idle connections with mutual TLS, 5,000",
                     {{bytes_per_connection, ServerKind::bare, 1.15}},
                     [](ServerKind kind, Bench& bench, const Scale& scale) {
                         return open_idle({5'000, Security::mutual_tls}, kind, bench, scale);
                     }});
    works.push_back(
        handshake_work("tls13-full", "TLS 1.3 handshakes with client certificates, full", {500, fleet::TlsVersion::v13, false}));
    works.push_back(handshake_work("tls13-resumed", "TLS 1.3 handshakes, resumed", {500, fleet::TlsVersion::v13, true}));
    works.push_back(
        handshake_work("tls12-full", "TLS 1.2 handshakes with client certificates, full", {500, fleet::TlsVersion::v12, false}));
    works.push_back(handshake_work("tls12-resumed", "TLS 1.2 handshakes, resumed", {500, fleet::TlsVersion::v12, true}));
    return works;
}

}  // namespace muster::bench

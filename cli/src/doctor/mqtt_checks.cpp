// SPDX-License-Identifier: Apache-2.0
// One client's questions to a broker.
#include "doctor/mqtt_checks.hpp"

#include <array>
#include <random>
#include <utility>

namespace muster::cli::doctor {
namespace {

namespace probe = fleet::probe;
using std::chrono::milliseconds;

// What another has published is not waited for after our own, later message has come.
constexpr milliseconds grace{200};
// Fewer messages in flight than this make a device wait for each round trip.
constexpr int least_in_flight = 10;
constexpr std::uint32_t least_packet_bytes = 64 * 1024;

std::string some_word() {
    std::random_device device;
    return std::to_string(device()) + std::to_string(device());
}

Finding explain_connect(const probe::Attempt& attempt, const Way& way, const probe::ConnectPlan& plan) {
    const std::string found = way.endpoint.url() + ": " + attempt.failure->message() + ", as " + plan.client_id;
    const bool has_certificate = plan.tls && !plan.tls->chain_pem.empty();
    if (attempt.reason) return fail(found, mend_refusal(plan.protocol, *attempt.reason, has_certificate));
    if (way.endpoint.is_tls() && attempt.failure->code() == Code::tls) return explain_tls(*attempt.failure, way.endpoint);
    if (!way.endpoint.is_tls() && speaks_tls(way, plan.timeout)) {
        auto secured = way.endpoint;
        secured.scheme = secured.is_websocket() ? "wss" : "mqtts";
        return fail(way.endpoint.url() + " speaks TLS", "use " + secured.url());
    }
    if (attempt.failure->code() == Code::timeout) return fail(found, "name the port of an MQTT broker: this one is open and silent");
    return fail(found, "name the port of an MQTT broker, and see the broker's log");
}

// Empty: the message came back.
std::optional<Finding> send_around(probe::Client& client, const std::string& topic, Qos qos, milliseconds timeout) {
    const std::string number = std::to_string(static_cast<int>(qos));
    const std::string payload = some_word();
    const std::string elsewhere = "let it, or give a topic that it may use: --probe-topic";
    const auto granted = client.subscribe(topic, qos);
    if (!granted) return fail("may not subscribe to " + topic + ": " + granted.error().message(), elsewhere);
    if (const auto published = client.publish(topic, payload, qos); !published)
        return fail("may not publish to " + topic + " with QoS " + number + ": " + published.error().message(), elsewhere);
    const auto came = client.receives(payload, timeout);
    if (!came) return fail("with QoS " + number + ": " + came.error().message(), "see the broker's log");
    if (!*came)
        return fail("with QoS " + number + " nothing came back on " + topic,
                    "see whom the broker lets read " + topic + ", or give another --probe-topic");
    if (*granted != qos)
        return warn("QoS " + number + " is granted as QoS " + std::to_string(static_cast<int>(*granted)), "see the broker's settings");
    return std::nullopt;
}

}  // namespace

std::string mend_refusal(Protocol protocol, std::uint8_t reason, bool has_certificate) {
    // 3.1.1's five, as MQTT 5 has them.
    constexpr std::array<std::uint8_t, 6> as_v5{0x00, 0x84, 0x85, 0x88, 0x86, 0x87};
    if (protocol == Protocol::mqtt311) reason = reason < as_v5.size() ? as_v5[reason] : 0x80;
    switch (reason) {
        case 0x84:
            return protocol == Protocol::mqtt5 ? "use MQTT 3.1.1: -V 3.1.1" : "use MQTT 5: -V 5";
        case 0x85:
            return "give the client id that the broker knows: --client-id";
        case 0x86:
            return "write the right password into --password-file; muster application create, or muster device password, sets one";
        case 0x87:
            return has_certificate ? "see whether it is revoked or deleted: muster device list; if so, register and enroll anew"
                                   : "give what the broker knows it by: an identity directory, or --username and --password-file";
        case 0x88:
        case 0x89:
        case 0x8B:
        case 0x9F:
            return "wait, and try again: the broker is busy";
        case 0x8A:
            return "ask who runs the broker: this client is banned";
        case 0x97:
            return "see the tenant's limits: muster tenant limits; or disconnect others";
        case 0x9C:
        case 0x9D:
            return "connect where the broker says";
        default:
            return "see the broker's log";
    }
}

Finding check_connect(const std::vector<Way>& ways, probe::ConnectPlan& plan, std::unique_ptr<probe::Client>& client) {
    std::vector<Finding> findings;
    bool has_stood = false;
    for (const auto& way : ways) {
        if (!way.is_secured) continue;
        probe::ConnectPlan one = plan;
        one.endpoint = way.endpoint;
        one.address = way.address;
        one.proxy = way.proxy;
        if (!way.endpoint.is_tls()) one.tls.reset();
        // Of two with one client id a broker throws the older one out.
        if (client) client->disconnect();
        client.reset();
        auto attempt = probe::Client::connect(one);
        if (!attempt.client) {
            findings.push_back(explain_connect(attempt, way, one));
            continue;
        }
        const bool was_there = attempt.client->welcome().session_present;
        findings.push_back(good(way.endpoint.url() + " takes " + one.client_id + (was_there ? ", whose session was there" : "")));
        findings.back().details["session_present"] = was_there;
        client = std::move(attempt.client);
        plan = one;
        has_stood = true;
    }
    // A node after the one that works has failed.
    if (!client && has_stood) client = probe::Client::connect(plan).client;
    return findings.empty() ? nothing("no broker is named: -h mqtts://HOST[:PORT]") : of_all(findings);
}

Finding check_round_trip(probe::Client& client, const std::string& topic, milliseconds timeout) {
    std::string levels;
    const int most = client.welcome().maximum_qos;
    for (int qos = 0; qos <= most; ++qos) {
        if (auto fault = send_around(client, topic, static_cast<Qos>(qos), timeout)) return *fault;
        levels += (levels.empty() ? "" : ", ") + std::to_string(qos);
    }
    if (const auto gone = client.unsubscribe(topic); !gone) return fail("UNSUBSCRIBE: " + gone.error().message(), "see the broker's log");
    if (most == 0) return warn("the broker has QoS 0 only: nothing is acknowledged", "let the broker offer QoS 1");
    return good("QoS " + levels + " there and back on " + topic);
}

Finding check_isolation(probe::Client& client, const probe::ConnectPlan& other, bool is_guess, const std::string& topic) {
    const std::string theirs = some_word();
    const std::string ours = some_word();
    const auto attempt = probe::Client::connect(other);
    if (!attempt.client) {
        if (!is_guess)
            return fail("the other device, " + other.client_id + ": " + attempt.failure->message(),
                        "give the directory of a device that the broker knows: --peer");
        return attempt.reason ? good("with these credentials no other client id is taken (" + attempt.failure->message() + ")")
                              : nothing("not as another client id: " + attempt.failure->message());
    }
    const auto granted = client.subscribe(topic, Qos::at_least_once);
    if (!granted) return good("may not subscribe to " + topic);
    // Its own message comes behind the other's, if that comes at all.
    const auto published = attempt.client->publish(topic, theirs, Qos::at_least_once);
    const auto followed = client.publish(topic, ours, Qos::at_least_once);
    const auto came = client.receives(ours, other.timeout);
    const auto leaked = client.receives(theirs, grace);
    attempt.client->disconnect();
    if (const auto gone = client.unsubscribe(topic); !gone) return fail("UNSUBSCRIBE: " + gone.error().message(), "see the broker's log");
    if (!published) return good(other.client_id + " may not publish to " + topic);
    if (leaked && *leaked)
        return fail("sees what " + other.client_id + " published to " + topic,
                    "give each device topics of its own: isolation or ACLs in the broker, or topic_root in the device");
    if (!followed || !came || !*came) return nothing("its own message did not come back");
    return good("does not see what " + other.client_id + " publishes to the same topic");
}

Finding check_limits(const probe::Welcome& welcome, Protocol protocol) {
    if (protocol == Protocol::mqtt311) return nothing("MQTT 3.1.1 says nothing of limits");
    const auto packet = welcome.maximum_packet_size;
    const auto yes = [](bool has) { return has ? "yes" : "no"; };
    Finding finding = good("receive maximum " + std::to_string(welcome.receive_maximum) + ", maximum packet " +
                           (packet ? std::to_string(*packet) : "unlimited") + ", maximum QoS " + std::to_string(welcome.maximum_qos) +
                           ", retain " + yes(welcome.has_retain) + ", wildcards " + yes(welcome.has_wildcards) + ", shared subscriptions " +
                           yes(welcome.has_shared_subscriptions) + ", topic aliases " + std::to_string(welcome.topic_alias_maximum));
    if (welcome.maximum_qos == 0) {
        finding = warn("the broker has QoS 0 only: nothing is acknowledged", "let the broker offer QoS 1");
    } else if (welcome.receive_maximum < least_in_flight) {
        finding = warn("receive maximum " + std::to_string(welcome.receive_maximum) + ": a backlog drains a round trip at a time",
                       "raise the broker's receive maximum");
    } else if (packet && *packet < least_packet_bytes) {
        finding = warn("maximum packet " + std::to_string(*packet) + " bytes: larger messages are quarantined",
                       "raise the broker's maximum packet size, or bound payloads");
    } else if (!welcome.has_retain || !welcome.has_wildcards) {
        finding = warn(std::string("the broker has no ") + (welcome.has_retain ? "wildcard subscriptions" : "retained messages"),
                       "let the broker offer them, if presence and commands are used");
    }
    finding.details = {{"receive_maximum", welcome.receive_maximum},
                       {"maximum_packet_size", packet ? nlohmann::json(*packet) : nlohmann::json()},
                       {"maximum_qos", welcome.maximum_qos},
                       {"retain_available", welcome.has_retain},
                       {"wildcard_subscription_available", welcome.has_wildcards},
                       {"shared_subscription_available", welcome.has_shared_subscriptions},
                       {"subscription_identifier_available", welcome.has_subscription_identifiers},
                       {"topic_alias_maximum", welcome.topic_alias_maximum},
                       {"server_keep_alive", welcome.server_keep_alive ? nlohmann::json(*welcome.server_keep_alive) : nlohmann::json()},
                       {"session_expiry_s", welcome.session_expiry ? nlohmann::json(*welcome.session_expiry) : nlohmann::json()}};
    return finding;
}

}  // namespace muster::cli::doctor

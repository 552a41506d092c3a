// SPDX-License-Identifier: Apache-2.0
// What makes a bench impossible: contradictions in its plan, and too few open files.
#include "bench/layout.hpp"
#include "bench/names.hpp"
#include "bench/payload_template.hpp"
#include "load/open_files.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <algorithm>
#include <string>

namespace muster::fleet {
namespace {

constexpr std::uint32_t max_clients = 1'000'000;
constexpr double max_rate = 10'000'000;
constexpr std::size_t max_payload_bytes = 64U << 20U;
constexpr std::size_t max_alpn_bytes = 255;
constexpr std::size_t max_nodes = 1'024;
constexpr std::chrono::hours longest_run{24 * 7};

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

bool is_within(double value, double most) {
    return value >= 0 && value <= most;  // NaN is not.
}

Result<void> check_names(const BenchPlan& plan) {
    if (plan.run_id.empty()) return refuse("a run needs an id");
    const bool has_own_names = plan.credentials.size() > 1;
    const std::uint32_t last = plan.clients - 1;
    if (last > 0 && !has_own_names &&
        expand_name(plan.names.client_id, 0, plan.run_id) == expand_name(plan.names.client_id, last, plan.run_id)) {
        return refuse("all clients would have the client id '" + expand_name(plan.names.client_id, 0, plan.run_id) + "'",
                      "put %i, the client's number, into --client-id");
    }
    const Layout layout(plan);
    if (layout.publishers() > 0) {
        if (auto checked = check_topic_name(layout.sender(0).topic); !checked) return checked;
    }
    if (layout.receivers() == 0) return {};
    return check_topic_filter(layout.receiver(0).filter);
}

Result<void> check_credentials(const BenchPlan& plan) {
    if (plan.credentials.empty()) return {};
    if (!plan.tls) return refuse("certificates need TLS", "connect to mqtts://");
    if (plan.credentials.size() == 1) return {};
    const std::uint64_t wanted = std::uint64_t{plan.clients} + (plan.peers_have_credentials ? plan.peers : 0);
    if (plan.credentials.size() >= wanted) return {};
    return refuse("there are " + std::to_string(plan.credentials.size()) + " identities for " + std::to_string(wanted) + " clients",
                  "enroll more devices, or lower --clients");
}

Result<void> check_way(const BenchPlan& plan) {
    if (!plan.proxy.url.empty()) {
        if (auto checked = check_proxy(plan.proxy.url); !checked) return checked;
    }
    if (plan.tls && plan.tls->alpn.size() > max_alpn_bytes) return refuse("the ALPN protocol is longer than 255 bytes");
    if (plan.more_nodes.size() >= max_nodes) return refuse("a bench has at most 1024 nodes");
    for (const auto& node : plan.more_nodes) {
        if (node.port == 0) return refuse("the port of " + node.host + " is 0");
        if (node.websocket_path.empty() != plan.websocket_path.empty())
            return refuse("the nodes of a broker speak one protocol: all of them WebSocket, or none");
        if (!node.websocket_path.empty() && node.websocket_path.front() != '/') return refuse("a WebSocket's path begins with /");
    }
    return {};
}

Result<void> check_greeting(const BenchPlan& plan) {
    const BenchGreeting& greeting = plan.greeting;
    for (const auto* properties : {&greeting.connect, &greeting.publish, &greeting.subscribe}) {
        if (auto checked = check_properties(*properties); !checked) return checked;
    }
    if (greeting.publish.topic_alias) return refuse("a topic alias is none of a bench's: its messages name their topic");
    if (!greeting.will) return {};
    if (auto checked = check_topic_name(expand_name(greeting.will->topic, 0, plan.run_id)); !checked)
        return std::move(checked).error().in("the will's topic");
    if (greeting.will->payload.size() > UINT16_MAX) return refuse("a will's payload has at most 65,535 bytes");
    return check_properties(greeting.will->properties);
}

Result<void> check_sizes(const BenchPlan& plan) {
    if (plan.port == 0) return refuse("the port is 0");
    if (plan.clients == 0 || plan.clients > max_clients) return refuse("a bench has 1 to 1000000 clients");
    if (plan.peers == 0 || plan.peers > max_clients) return refuse("a bench has 1 to 1000000 peers");
    if (!is_within(plan.connect_rate, max_rate)) return refuse("the connect rate is from 0 to 10000000 a second");
    if (!is_within(plan.rate, max_rate)) return refuse("the rate is from 0 to 10000000 messages a second");
    if (plan.connecting_at_once == 0) return refuse("at least one connection is begun at once");
    if (plan.in_flight == 0 || plan.in_flight > UINT16_MAX) return refuse("a client has 1 to 65535 messages in flight");
    if (!plan.websocket_path.empty() && plan.websocket_path.front() != '/') return refuse("a WebSocket's path begins with /");
    if (plan.payload.empty() && plan.payload_template.empty() && plan.payload_bytes < bench_stamp_bytes) {
        return refuse("a payload of " + std::to_string(plan.payload_bytes) + " bytes is smaller than the " +
                          std::to_string(bench_stamp_bytes) + " that number a message",
                      "give --payload-size at least " + std::to_string(bench_stamp_bytes));
    }
    if (std::max({plan.payload.size(), plan.payload_bytes, plan.payload_template.size()}) > max_payload_bytes)
        return refuse("a payload has at most 64 MiB");
    return {};
}

Result<void> check_payload(const BenchPlan& plan) {
    if (plan.payload_template.empty()) return {};
    const auto parsed = PayloadTemplate::parse(plan.payload_template);
    if (!parsed) return Error(parsed.error()).in("the template");
    if (!Layout(plan).is_end_to_end() || parsed->has_stamp()) return {};
    return refuse("the template has no %s, by which a receiver tells this run's messages",
                  "put %s into it, for example into a field of its own");
}

Result<void> check_times(const BenchPlan& plan) {
    using std::chrono::milliseconds;
    const bool may_last_nothing = plan.kind == BenchKind::conn;
    if (plan.duration < milliseconds(may_last_nothing ? 0 : 1) || plan.duration > longest_run)
        return refuse("a bench lasts from 1 ms to 7 days");
    if (plan.warm_up < milliseconds(0) || plan.warm_up > longest_run) return refuse("a warm-up lasts from 0 to 7 days");
    if (plan.report_interval < milliseconds(100) || plan.report_interval > std::chrono::hours(1)) {
        return refuse("intervals are from 100 ms to 1 h");
    }
    if (plan.keep_alive.count() < 0 || plan.keep_alive.count() > UINT16_MAX) return refuse("keep alive is from 0 to 65535 seconds");
    if (plan.connect_timeout < milliseconds(1)) return refuse("the connect timeout is at least 1 ms");
    const BenchReturn& rule = plan.comeback;
    if (rule.spread.count() < 0 || rule.base.count() < 0 || rule.cap < rule.base) return refuse("the backoff's base is above its cap");
    return {};
}

}  // namespace

Result<void> check(const BenchPlan& plan) {
    if (auto checked = check_sizes(plan); !checked) return checked;
    if (auto checked = check_way(plan); !checked) return checked;
    if (auto checked = check_greeting(plan); !checked) return checked;
    if (auto checked = check_payload(plan); !checked) return checked;
    if (auto checked = check_times(plan); !checked) return checked;
    if (auto checked = check_credentials(plan); !checked) return checked;
    if (auto checked = check_names(plan); !checked) return checked;
    if (Layout(plan).publishers() > 0 && plan.rate <= 0) return refuse("a rate of 0 sends nothing", "give --rate messages a second");
    return {};
}

Result<std::size_t> bench_payload_size(const BenchPlan& plan) {
    if (plan.payload_template.empty()) return plan.payload.empty() ? plan.payload_bytes : plan.payload.size() + bench_stamp_bytes;
    const auto parsed = PayloadTemplate::parse(plan.payload_template);
    if (!parsed) return Error(parsed.error()).in("the template");
    const std::string client_id = Layout(plan).sender(0).client_id;
    PayloadValues values;
    values.client_id = client_id;
    values.run_id = plan.run_id;
    values.time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    std::string first;
    parsed->render(values, first);
    return first.size();
}

Result<void> allow_open_files(const BenchPlan& plan) {
    const Layout layout(plan);
    return allow_more_open_files(std::uint64_t{layout.receivers()} + layout.senders(), std::to_string(plan.clients) + " clients");
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Naming what was measured.
#include "bench/figures.hpp"

#include "bench/options.hpp"

namespace muster::cli::bench {
namespace {

using fleet::BenchTimes;
using nlohmann::json;
using std::chrono::nanoseconds;

double ms(nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

double seconds(nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

json per_second(std::uint64_t count, nanoseconds time) {
    return time.count() > 0 ? json(static_cast<double>(count) / seconds(time)) : json();
}

json to_json(const BenchTimes& times) {
    if (times.count == 0) return nullptr;
    json curve = json::array();
    for (const auto& point : times.curve) curve.push_back({point.percent, ms(point.value)});
    return {{"count", times.count}, {"mean", ms(times.mean)},  {"p50", ms(times.p50)}, {"p90", ms(times.p90)},
            {"p99", ms(times.p99)}, {"p99_9", ms(times.p999)}, {"max", ms(times.max)}, {"curve", curve}};
}

json to_json(const fleet::BenchConnections& connections) {
    return {{"connected", connections.connected},
            {"resumed", connections.resumed},
            {"failed", connections.failed},
            {"disconnected", connections.lost}};
}

json to_json(const fleet::BenchNode& node) {
    return {{"host", node.host},           {"port", node.port},     {"clients", node.clients},
            {"connected", node.connected}, {"failed", node.failed}, {"disconnected", node.lost}};
}

json to_json(const fleet::BenchMessages& messages) {
    return {{"sent", messages.sent},
            {"late", messages.late},
            {"acknowledged", messages.acknowledged},
            {"refused", messages.refused},
            {"received", messages.received},
            {"duplicates", messages.duplicates},
            {"out_of_order", messages.out_of_order},
            {"foreign", messages.foreign}};
}

json to_json(const fleet::BenchStorm& storm) {
    const auto recovered = [](nanoseconds time) { return time.count() < 0 ? json() : json(ms(time)); };
    return {{"recovered_ms",
             {{"p50", recovered(storm.p50)}, {"p90", recovered(storm.p90)}, {"p99", recovered(storm.p99)}, {"all", recovered(storm.all)}}},
            {"recovered", storm.recoveries.size()},
            {"attempts", storm.attempts},
            {"handshakes_per_second", storm.handshakes_per_second}};
}

std::vector<FigureName> all_figures() {
    std::vector<FigureName> names;
    const auto add_times = [&](const std::string& prefix, const std::string& pointer) {
        for (const auto& [name, key] :
             {std::pair{"p50", "p50"}, {"p90", "p90"}, {"p99", "p99"}, {"p99.9", "p99_9"}, {"max", "max"}, {"mean", "mean"}}) {
            names.push_back({prefix + name, pointer + "/" + key, Unit::milliseconds});
        }
    };
    add_times("", "/latency_ms");
    for (const auto* const name :
         {"sent", "late", "unsent", "acknowledged", "refused", "received", "lost", "duplicates", "out-of-order", "foreign"}) {
        std::string key = name;
        std::replace(key.begin(), key.end(), '-', '_');
        names.push_back({name, "/messages/" + key, Unit::count});
    }
    names.push_back({"send-rate", "/messages/sent_per_second", Unit::per_second});
    names.push_back({"receive-rate", "/messages/received_per_second", Unit::per_second});
    for (const auto* const name : {"connected", "resumed", "failed", "disconnected"}) {
        names.push_back({name, std::string("/connections/") + name, Unit::count});
    }
    names.push_back({"errors", "/errors", Unit::count});
    names.push_back({"connect-rate", "/connections/per_second", Unit::per_second});
    add_times("connect.", "/connect_ms");
    add_times("tcp.", "/tcp_ms");
    add_times("tls.", "/tls_full_ms");
    add_times("tls-resumed.", "/tls_resumed_ms");
    for (const auto* const name : {"p50", "p90", "p99", "all"}) {
        names.push_back({std::string("recovered.") + name, std::string("/storm/recovered_ms/") + name, Unit::milliseconds});
    }
    names.push_back({"handshake-rate", "/storm/handshakes_per_second", Unit::per_second});
    return names;
}

}  // namespace

json to_json(const fleet::BenchInterval& interval) {
    return {{"end_s", seconds(interval.end)},         {"standing", interval.standing}, {"connections", to_json(interval.connections)},
            {"messages", to_json(interval.messages)}, {"p50_ms", ms(interval.p50)},    {"p99_ms", ms(interval.p99)}};
}

json to_json(const fleet::BenchPlan& plan, const fleet::BenchResult& result, std::size_t payload_bytes) {
    json connections = to_json(result.connections);
    connections["seconds"] = seconds(result.connecting);
    connections["per_second"] = result.storm ? json() : per_second(result.connections.connected, result.connecting);
    json messages = to_json(result.messages);
    messages["expected"] = result.expected;
    messages["lost"] = result.lost;
    messages["unsent"] = result.unsent;
    messages["seconds"] = seconds(result.sending);
    messages["sent_per_second"] = per_second(result.messages.sent, result.sending);
    messages["received_per_second"] = per_second(result.messages.received, result.sending);
    json nodes = json::array();
    for (const auto& node : result.nodes) nodes.push_back(to_json(node));
    json intervals = json::array();
    for (const auto& interval : result.intervals) intervals.push_back(to_json(interval));
    return {{"bench", name_of(plan.kind)},
            {"run_id", plan.run_id},
            {"host", plan.host},
            {"port", plan.port},
            {"tls", plan.tls.has_value()},
            {"websocket", !plan.websocket_path.empty()},
            {"mqtt_version", plan.version == fleet::BenchMqtt::v5 ? "5" : "3.1.1"},
            {"qos", static_cast<int>(plan.qos)},
            {"rate", plan.rate},
            {"payload_bytes", payload_bytes},
            {"clients", result.clients},
            {"threads", result.threads},
            {"interrupted", result.interrupted},
            {"connections", connections},
            {"nodes", nodes},
            {"messages", messages},
            {"errors", result.connections.failed + result.connections.lost + result.messages.refused},
            {"latency_ms", to_json(result.latency)},
            {"connect_ms", to_json(result.connect)},
            {"tcp_ms", to_json(result.tcp)},
            {"tls_full_ms", to_json(result.tls_full)},
            {"tls_resumed_ms", to_json(result.tls_resumed)},
            {"storm", result.storm ? to_json(*result.storm) : json()},
            {"failures", result.failures},
            {"cpu_s", seconds(result.cpu)},
            {"intervals", intervals}};
}

const char* name_of(Unit unit) {
    if (unit == Unit::milliseconds) return "ms";
    return unit == Unit::per_second ? "/s" : "";
}

const std::vector<FigureName>& figure_names() {
    static const std::vector<FigureName> names = all_figures();
    return names;
}

std::map<std::string, double> figures_of(const json& result) {
    return figures_of(result, figure_names());
}

std::map<std::string, double> figures_of(const json& result, const std::vector<FigureName>& names) {
    std::map<std::string, double> figures;
    for (const auto& figure : names) {
        const json::json_pointer pointer(figure.pointer);
        if (result.contains(pointer) && result.at(pointer).is_number()) figures[figure.name] = result.at(pointer).get<double>();
    }
    return figures;
}

}  // namespace muster::cli::bench

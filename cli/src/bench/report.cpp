// SPDX-License-Identifier: Apache-2.0
// The page of `--report`.
#include "bench/report.hpp"

#include "bench/assertion.hpp"
#include "bench/figures.hpp"
#include "bench/plot.hpp"
#include "bench/summary.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

namespace muster::cli::bench {
namespace {

using nlohmann::json;

constexpr const char* head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --ground: #fff; --text: #1c2330; --soft: #5b6472; --line: #d9dee6;
  --c0: #1f6feb; --c1: #d9480f; --c2: #2b8a3e; --c3: #9c36b5; --good: #2b8a3e; --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181f; --text: #e6e9ef; --soft: #9aa4b2; --line: #2e3642;
  --c0: #6ea8fe; --c1: #ff9e64; --c2: #69db7c; --c3: #da77f2; --good: #69db7c; --bad: #ff8787; } }
body { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; max-width: 800px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.4em; margin-bottom: 0; } h2 { font-size: 1.1em; margin-top: 2em; } .soft, pre { color: var(--soft); }
table { border-collapse: collapse; } td, th { padding: .15em 1.2em .15em 0; text-align: right; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; } td:first-child, th:first-child { text-align: left; }
figure { margin: 1.5em 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; } svg .grid { stroke: var(--line); stroke-width: 1; }
svg polyline, svg line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
.good { color: var(--good); } .bad { color: var(--bad); } pre { white-space: pre-wrap; font-size: 13px; }
</style>
)";

// How far a percentile is from 100 %, in powers of ten: 90 % is at 1, 99 % at 2.
double percentile_place(double percent) {
    constexpr double last = 4;
    return percent >= 100 ? last : std::min(last, -std::log10(1 - percent / 100));
}

Plot latency_plot(const json& result) {
    Plot plot{"Latency by percentile",
              "percentile",
              "ms",
              {},
              {{0, "0"}, {percentile_place(50), "50"}, {1, "90"}, {2, "99"}, {3, "99.9"}, {4, "100"}}};
    for (const auto& [name, key] :
         {std::pair{"latency", "latency_ms"}, {"connect", "connect_ms"}, {"TLS", "tls_full_ms"}, {"TLS, resumed", "tls_resumed_ms"}}) {
        if (!result.at(key).is_object()) continue;
        PlotSeries series{name, {}};
        for (const auto& point : result.at(key).at("curve"))
            series.points.emplace_back(percentile_place(point.at(0).get<double>()), point.at(1).get<double>());
        plot.series.push_back(std::move(series));
    }
    return plot;
}

/// A line over the time of the run; `value` is of an interval and its length in seconds.
PlotSeries over_time(const json& result, const std::string& name, const std::function<double(const json&, double)>& value) {
    PlotSeries series{name, {}};
    double last = 0;
    for (const auto& interval : result.at("intervals")) {
        const double end = interval.at("end_s").get<double>();
        const double length = std::max(end - last, 1e-3);
        last = end;
        // The last one is cut short: a rate of it would be a matter of chance.
        if (&interval == &result.at("intervals").back() && length < 0.2 && series.points.size() > 1) continue;
        series.points.emplace_back(end, value(interval, length));
    }
    return series;
}

PlotSeries rate(const json& result, const std::string& name, const std::string& pointer) {
    return over_time(result, name, [at = json::json_pointer(pointer)](const json& interval, double length) {
        return interval.at(at).get<double>() / length;
    });
}

PlotSeries plain(const json& result, const std::string& name, const std::string& pointer) {
    return over_time(result, name,
                     [at = json::json_pointer(pointer)](const json& interval, double) { return interval.at(at).get<double>(); });
}

void add_plots(const json& result, std::ostream& out) {
    const Plot latencies = latency_plot(result);
    if (!latencies.series.empty()) out << svg_of(latencies);
    if (result.at("messages").at("sent").get<std::uint64_t>() + result.at("messages").at("received").get<std::uint64_t>() > 0) {
        out << svg_of({"Messages a second",
                       "seconds since the start",
                       "1/s",
                       {rate(result, "sent", "/messages/sent"), rate(result, "acknowledged", "/messages/acknowledged"),
                        rate(result, "received", "/messages/received")},
                       {}});
        out << svg_of(
            {"Latency over time", "seconds since the start", "ms", {plain(result, "p50", "/p50_ms"), plain(result, "p99", "/p99_ms")}, {}});
    }
    out << svg_of({"Connections", "seconds since the start", "", {plain(result, "standing", "/standing")}, {}});
    out << svg_of({"Connects a second",
                   "seconds since the start",
                   "1/s",
                   {rate(result, "connected", "/connections/connected"), rate(result, "failed", "/connections/failed")},
                   {}});
}

std::string with_unit(double value, Unit unit) {
    const std::string name = name_of(unit);
    return number_text(value) + (name.empty() ? "" : " " + name);
}

void add_figures(const json& result, std::ostream& out) {
    const bool is_compared = result.contains("compared");
    const auto figures = figures_of(result);
    out << "<h2>Figures</h2>\n<table><tr><th>figure</th><th>value</th>" << (is_compared ? "<th>before</th><th>ratio</th>" : "")
        << "</tr>\n";
    for (const auto& figure : figure_names()) {
        const auto found = figures.find(figure.name);
        if (found == figures.end()) continue;
        out << "<tr><td>" << figure.name << "</td><td>" << with_unit(found->second, figure.unit) << "</td>";
        if (is_compared) {
            const json& compared = result.at("compared");
            const bool has = compared.contains(figure.name);
            const json ratio = has ? compared.at(figure.name).at("ratio") : json();
            out << "<td>" << (has ? number_text(compared.at(figure.name).at("before").get<double>()) : "") << "</td><td>"
                << (ratio.is_number() ? "x" + number_text(ratio.get<double>()) : "") << "</td>";
        }
        out << "</tr>\n";
    }
    out << "</table>\n";
}

std::string places_of(const json& result) {
    std::string places;
    for (const auto& node : result.at("nodes")) {
        places += places.empty() ? "" : ", ";
        places += node.at("host").get<std::string>() + ':' + std::to_string(node.at("port").get<int>());
    }
    return places;
}

void add_verdicts(const json& result, std::ostream& out) {
    if (result.at("assertions").empty()) return;
    out << "<h2>Assertions</h2>\n<table>";
    for (const auto& verdict : result.at("assertions")) {
        const bool passed = verdict.at("passed").get<bool>();
        out << "<tr><td>" << escaped(verdict.at("assertion").get<std::string>()) << "</td><td>" << value_text(verdict)
            << "</td><td class=\"" << (passed ? "good\">PASS" : "bad\">FAIL") << "</td></tr>\n";
    }
    out << "</table>\n";
}

void add_failures(const json& result, std::ostream& out) {
    if (result.at("failures").empty()) return;
    out << "<h2>Failures</h2>\n<table>";
    for (const auto& [why, count] : result.at("failures").items()) {
        out << "<tr><td>" << escaped(why) << "</td><td>" << count.get<std::uint64_t>() << "</td></tr>\n";
    }
    out << "</table>\n";
}

}  // namespace

std::string html_report(const json& result) {
    const std::string kind = result.at("bench").get<std::string>();
    const std::string run = escaped(result.at("run_id").get<std::string>());
    std::ostringstream out;
    out << head << "<title>muster bench " << kind << ", run " << run << "</title></head><body>\n<h1>muster bench " << kind << "</h1>\n"
        << "<p class=\"soft\">run " << run << ": " << number_text(result.at("clients").get<double>()) << " clients, "
        << (result.at("tls").get<bool>() ? "TLS" : "TCP") << (result.at("websocket").get<bool>() ? ", WebSocket" : "") << ", MQTT "
        << result.at("mqtt_version").get<std::string>() << ", QoS " << result.at("qos").get<int>() << ", "
        << number_text(result.at("payload_bytes").get<double>()) << " bytes, against " << escaped(places_of(result))
        << (result.at("interrupted").get<bool>() ? ", interrupted" : "") << "</p>\n";
    add_verdicts(result, out);
    add_plots(result, out);
    add_figures(result, out);
    add_failures(result, out);
    out << "<h2>What the figures mean</h2>\n<pre>" << escaped(definitions()) << "</pre>\n</body></html>\n";
    return out.str();
}

}  // namespace muster::cli::bench

// SPDX-License-Identifier: Apache-2.0
// Lines of figures.
#include "bench/summary.hpp"

#include "bench/figures.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <initializer_list>

namespace muster::cli::bench {
namespace {

using nlohmann::json;

/// Prints figures as `label   name value (xratio)   name value`.
class Lines {
public:
    Lines(const json& result, const std::map<std::string, double>& before, std::ostream& out)
        : figures_(figures_of(result)), before_(before), out_(out) {}

    void print(const std::string& label, const std::string& prefix, std::initializer_list<const char*> names) {
        std::string line;
        for (const char* const name : names) {
            const auto found = figures_.find(prefix + name);
            if (found == figures_.end()) continue;
            line +=
                std::string(line.empty() ? "" : "   ") + name + " " + number_text(found->second) + ratio_to(prefix + name, found->second);
        }
        if (line.empty()) return;
        out_ << label << std::string(label.size() < label_width ? label_width - label.size() : 1, ' ') << line << '\n';
    }

private:
    static constexpr std::size_t label_width = 16;

    [[nodiscard]] std::string ratio_to(const std::string& name, double value) const {
        const auto found = before_.find(name);
        if (found == before_.end()) return "";
        if (found->second == value) return " (x1.00)";
        if (found->second == 0) return " (was 0)";
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), " (x%.2f)", value / found->second);
        return text.data();
    }

    std::map<std::string, double> figures_;
    const std::map<std::string, double>& before_;
    std::ostream& out_;
};

void print_node(const json& node, std::ostream& out) {
    const std::string host = node.at("host").get<std::string>();
    const std::string place =
        (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(node.at("port").get<int>());
    out << "node            " << place;
    for (const char* const name : {"clients", "connected", "failed", "disconnected"})
        out << "   " << name << ' ' << number_text(node.at(name).get<double>());
    out << '\n';
}

std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, " ");
    return digits;
}

}  // namespace

std::string number_text(double value) {
    if (value == std::floor(value) && std::abs(value) < 1e15) {
        return (value < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::abs(value)));
    }
    if (std::abs(value) >= 1'000) return number_text(std::round(value));
    std::array<char, 32> text{};
    const int digits = std::abs(value) >= 100 ? 0 : std::abs(value) >= 10 ? 1 : std::abs(value) >= 1 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string definitions() {
    return "latency: from the time a message was meant to leave (open loop) to its receipt; in pub to its acknowledgement, with QoS 0 to "
           "its\n"
           "  sending. Messages leave up to 0.1 ms after their time. Above 4 000 a second of a thread they, and what is looked at when it\n"
           "  comes, wait up to 0.5 ms, up to 1 ms where one client has several in it; --precise: never. Late: more than 10 ms after.\n"
           "  Percentiles are exact within 0.1 %.\n"
           "lost: sent, and not received (in pub: not acknowledged) by the end. unsent: due, but without a connection or room in the "
           "window.\n"
           "duplicates: came again, each subscriber for itself. out-of-order: came after a later one of the same publisher.\n"
           "connect: from a connection's start to its CONNACK; tls: of the TLS handshake alone. errors: failed, disconnected and refused.\n"
           "recovered: from the cut of all connections until 50, 90, 99 and 100 % of the clients stood again.\n";
}

void print_summary(const json& result, const std::map<std::string, double>& before, std::ostream& out) {
    Lines lines(result, before, out);
    const json& connections = result.at("connections");
    out << number_text(result.at("clients").get<double>()) << " clients in " << number_text(connections.at("seconds").get<double>())
        << " s (" << result.at("bench").get<std::string>() << ", run " << result.at("run_id").get<std::string>() << ", "
        << number_text(result.at("threads").get<double>()) << " threads)";
    if (result.at("interrupted").get<bool>()) out << ", interrupted";
    out << '\n';
    lines.print("connections", "", {"connected", "resumed", "failed", "disconnected", "connect-rate"});
    if (result.at("nodes").size() > 1) {
        for (const auto& node : result.at("nodes")) print_node(node, out);
    }
    lines.print("connect ms", "connect.", {"p50", "p90", "p99", "p99.9", "max"});
    lines.print("tcp ms", "tcp.", {"p50", "p90", "p99", "p99.9", "max"});
    lines.print("tls full ms", "tls.", {"p50", "p90", "p99", "p99.9", "max"});
    lines.print("tls resumed ms", "tls-resumed.", {"p50", "p90", "p99", "p99.9", "max"});
    if (result.at("messages").at("seconds").get<double>() > 0 && result.at("bench") != "conn") {
        lines.print("messages", "", {"sent", "acknowledged", "received", "lost", "duplicates", "out-of-order"});
        lines.print("", "", {"late", "unsent", "refused", "foreign", "send-rate", "receive-rate"});
        lines.print("latency ms", "", {"p50", "p90", "p99", "p99.9", "max"});
    }
    lines.print("recovered ms", "recovered.", {"p50", "p90", "p99", "all"});
    lines.print("", "", {"handshake-rate"});
    for (const auto& [why, count] : result.at("failures").items())
        out << "failure         " << count.get<std::uint64_t>() << " x " << why << '\n';
}

}  // namespace muster::cli::bench

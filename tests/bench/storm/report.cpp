// SPDX-License-Identifier: Apache-2.0
// Tables, plot and JSON.
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>

namespace muster::storm {
namespace {

constexpr double allowed_slowness = 1.2;
// What is told apart in a table is told apart here.
constexpr double rounding = 0.01;

std::string number(double value, int digits) {
    std::array<char, 64> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.*f", digits, value));
    return text.data();
}

std::string thousands(double value) {
    std::string text = number(value, 0);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

double ideal_s(const Scenario& scenario) {
    return static_cast<double>(scenario.ideal().count()) / 1'000;
}

std::string time_to_99(const Row& row) {
    if (row.figures.t99) return thousands(*row.figures.t99) + " s";
    return "never (" + number(100 * row.figures.connected, 0) + " %)";
}

double t99_of(const Row& row) {
    return row.figures.t99.value_or(std::numeric_limits<double>::infinity());
}

}  // namespace

void print_table(const Group& group, std::ostream& out) {
    out << "| policy | attempts in the worst second | time to 99 % | x the least | wasted handshakes per device |\n| --- | --- | --- | --- "
           "| --- |\n";
    for (const Row& row : group.rows) {
        const auto& figures = row.figures;
        out << "| " << row.policy << " | " << thousands(figures.peak_per_second) << " | " << time_to_99(row) << " | "
            << (figures.t99 ? number(*figures.t99 / ideal_s(row.scenario), 1) : "") << " | " << number(figures.wasted_per_device, 2)
            << " |\n";
    }
}

void print_overview(const std::vector<Group>& groups, std::ostream& out) {
    out << "| policy |";
    for (const Group& group : groups) out << " " << group.name << " |";
    out << "\n| --- |";
    for (std::size_t i = 0; i < groups.size(); ++i) out << " --- |";
    for (std::size_t row = 0; row < groups.front().rows.size(); ++row) {
        out << "\n| " << groups.front().rows[row].policy << " |";
        for (const Group& group : groups)
            out << " " << time_to_99(group.rows[row]) << "; " << number(group.rows[row].figures.wasted_per_device, 2) << " |";
    }
    out << "\n";
}

std::string plot(const std::vector<Group>& groups) {
    constexpr std::array<const char*, 7> colours{"#999999", "#e69f00", "#56b4e9", "#cc79a7", "#d55e00", "#0072b2", "#009e73"};
    constexpr int width = 420;
    constexpr int height = 190;
    constexpr int margin = 50;
    const auto rows = (groups.size() + 1) / 2;
    std::ostringstream svg;
    svg << R"(<svg xmlns="http://www.w3.org/2000/svg" width="960" height=")" << rows * (height + 60) + 60
        << R"(" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>)"
        << "\n";
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const Group& group = groups[i];
        const auto left = margin + static_cast<int>(i % 2) * (width + margin);
        const auto top = 30 + static_cast<int>(i / 2) * (height + 60);
        const auto& scenario = group.rows.front().scenario;
        const double end = ideal_s(scenario) * scenario.patience;
        svg << "<text x=\"" << left << "\" y=\"" << top - 8 << "\">after an outage of " << group.name << "</text><rect x=\"" << left
            << "\" y=\"" << top << "\" width=\"" << width << "\" height=\"" << height << "\" fill=\"none\" stroke=\"#cccccc\"/>";
        for (int part = 0; part <= 4; ++part) {
            svg << "<text text-anchor=\"middle\" x=\"" << left + width * part / 4 << "\" y=\"" << top + height + 15 << "\">"
                << number(end * part / 4, 0) << (part == 4 ? " s" : "") << "</text>";
            if (i % 2 == 0)
                svg << "<text text-anchor=\"end\" x=\"" << left - 5 << "\" y=\"" << top + height - height * part / 4 + 4 << "\">"
                    << 25 * part << " %</text>";
        }
        svg << "\n";
        for (std::size_t row = 0; row < group.rows.size(); ++row) {
            const auto& curve = group.rows[row].figures.curve;
            svg << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colours[row % colours.size()] << "\" points=\"" << left << ","
                << top + height;
            for (std::size_t point = 0; point < curve.size(); ++point) {
                svg << " " << number(left + width * static_cast<double>(point + 1) / static_cast<double>(curve.size()), 1) << ","
                    << number(top + height * (1 - curve[point]), 1);
            }
            svg << "\"/>\n";
        }
    }
    const auto legend = 30 + static_cast<int>(rows) * (height + 60);
    for (std::size_t row = 0; row < groups.front().rows.size(); ++row) {
        const auto x = margin + static_cast<int>(row) * 125;
        svg << "<rect x=\"" << x << "\" y=\"" << legend << "\" width=\"20\" height=\"4\" fill=\"" << colours[row % colours.size()]
            << "\"/><text x=\"" << x + 26 << "\" y=\"" << legend + 6 << "\">" << groups.front().rows[row].policy << "</text>\n";
    }
    svg << "</svg>\n";
    return svg.str();
}

std::string to_json(const std::vector<Group>& groups) {
    auto all = nlohmann::json::array();
    const auto or_null = [](const std::optional<double>& value) { return value ? nlohmann::json(*value) : nlohmann::json(); };
    for (const Group& group : groups) {
        for (const Row& row : group.rows) {
            const auto& figures = row.figures;
            all.push_back({{"group", group.name},
                           {"policy", row.policy},
                           {"devices", row.scenario.devices},
                           {"handshakes_per_second", row.scenario.per_second},
                           {"outage_s", row.scenario.outage.count() / 1'000},
                           {"connect_timeout_s", row.scenario.connect_timeout.count() / 1'000},
                           {"silent", row.scenario.kind == Outage::silent},
                           {"hints", row.scenario.hints.has_value()},
                           {"peak_per_second", figures.peak_per_second},
                           {"peak_per_100_ms", figures.peak_per_100_ms},
                           {"t50_s", or_null(figures.t50)},
                           {"t99_s", or_null(figures.t99)},
                           {"t100_s", or_null(figures.t100)},
                           {"connected", figures.connected},
                           {"attempts_per_device", figures.attempts_per_device},
                           {"wasted_per_device", figures.wasted_per_device}});
        }
    }
    return all.dump(2);
}

std::vector<std::string> judge(const Group& group) {
    std::vector<std::string> broken;
    for (const Row& ours : group.rows) {
        if (!ours.is_ours) continue;
        for (const Row& other : group.rows) {
            if (other.has_hints && !ours.has_hints) continue;
            if (other.figures.wasted_per_device + rounding < ours.figures.wasted_per_device)
                broken.push_back(group.name + ": " + other.policy + " wastes less than " + ours.policy);
            if (t99_of(ours) > allowed_slowness * t99_of(other))
                broken.push_back(group.name + ": " + other.policy + " is more than 1.2 times as quick as " + ours.policy);
        }
    }
    return broken;
}

}  // namespace muster::storm

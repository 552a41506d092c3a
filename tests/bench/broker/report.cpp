// SPDX-License-Identifier: Apache-2.0
// Medians, ratios, tables.
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace muster::bench {
namespace {

double value_of(const Metrics& metrics, const std::string& name) {
    const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& metric) { return metric.first == name; });
    return found == metrics.end() ? 0 : found->second;
}

std::vector<double> column(const std::vector<Metrics>& rounds, const std::string& name) {
    std::vector<double> values;
    for (const auto& metrics : rounds) values.push_back(value_of(metrics, name));
    return values;
}

std::string with_thousands(std::string digits) {
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

// Three digits that mean something; large numbers whole.
std::string format(double value) {
    std::array<char, 32> text{};
    const char* const pattern = value >= 100 || value == 0 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f";
    std::snprintf(text.data(), text.size(), pattern, value);
    return value >= 1'000 ? with_thousands(text.data()) : text.data();
}

void print_row(const std::vector<std::string>& cells, std::ostream& out) {
    out << "|";
    for (const auto& cell : cells) out << " " << cell << " |";
    out << "\n";
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<Verdict> judge(const Work& work, const Outcome& outcome) {
    std::vector<Verdict> verdicts;
    const auto ours = outcome.rounds.find(ServerKind::muster);
    for (const auto& limit : work.limits) {
        const auto theirs = outcome.rounds.find(limit.yardstick);
        if (ours == outcome.rounds.end() || theirs == outcome.rounds.end()) continue;
        std::vector<double> ratios = column(ours->second, limit.metric);
        const std::vector<double> measures = column(theirs->second, limit.metric);
        for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= measures.at(i);
        const double ratio = median(ratios);
        const bool at_most = limit.bound == Limit::Bound::at_most;
        verdicts.push_back({limit.metric + ": " + format(ratio) + " x " + name_of(limit.yardstick) + ", " +
                                (at_most ? "at most " : "at least ") + format(limit.factor),
                            ratio, at_most ? ratio <= limit.factor : ratio >= limit.factor});
    }
    return verdicts;
}

void print_medians(const Work& work, const Outcome& outcome, std::ostream& out) {
    out << "\n### " << work.title << "\n\n";
    std::vector<std::string> heads{""};
    for (const auto& metric : outcome.rounds.begin()->second.front()) heads.push_back(metric.first);
    print_row(heads, out);
    print_row(std::vector<std::string>(heads.size(), "---"), out);
    for (const auto& [kind, rounds] : outcome.rounds) {
        std::vector<std::string> cells{name_of(kind)};
        for (std::size_t i = 1; i < heads.size(); ++i) cells.push_back(format(median(column(rounds, heads[i]))));
        print_row(cells, out);
    }
    out << "\n" << std::flush;
}

void print_verdicts(const Work& work, const Outcome& outcome, std::ostream& out) {
    for (const auto& verdict : judge(work, outcome))
        out << "- " << (verdict.is_met ? "met" : "not yet") << ": " << verdict.sentence << "\n";
    out << std::flush;
}

std::string to_json(const Work& work, const Outcome& outcome) {
    nlohmann::ordered_json json{{"work", work.name}, {"title", work.title}};
    for (const auto& [kind, rounds] : outcome.rounds) {
        auto& server = json["servers"][name_of(kind)];
        for (const auto& metric : rounds.front()) {
            const auto values = column(rounds, metric.first);
            server[metric.first] = {{"median", median(values)}, {"rounds", values}};
        }
    }
    json["limits"] = nlohmann::json::array();
    for (const auto& verdict : judge(work, outcome))
        json["limits"].push_back({{"limit", verdict.sentence}, {"ratio", verdict.ratio}, {"met", verdict.is_met}});
    return json.dump(2);
}

}  // namespace muster::bench

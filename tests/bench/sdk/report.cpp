// SPDX-License-Identifier: Apache-2.0
// Medians, ratios, tables.
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace muster::bench {
namespace {

struct Verdict {
    std::string sentence;
    double ratio = 0;  // The median of the rounds' ratios: what disturbs a round disturbs both sides.
    bool is_met = false;
};

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> column(const std::vector<Metrics>& rounds, const std::string& name) {
    std::vector<double> values;
    for (const auto& metrics : rounds) {
        for (const auto& [metric, value] : metrics) {
            if (metric == name) values.push_back(value);
        }
    }
    return values;
}

std::string format(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value);
    return text.data();
}

const std::vector<Metrics>& rounds_of(const Work& work, const Outcome& outcome, const std::string& side) {
    const auto found = std::find_if(work.sides.begin(), work.sides.end(), [&](const Side& one) { return one.name == side; });
    return outcome.at(static_cast<std::size_t>(found - work.sides.begin()));
}

Verdict judge(const Work& work, const Outcome& outcome, const Limit& limit) {
    std::vector<double> ratios = column(rounds_of(work, outcome, limit.side), limit.metric);
    const std::vector<double> measures = column(rounds_of(work, outcome, limit.yardstick), limit.metric);
    for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= measures.at(i);
    const double ratio = median(ratios);
    const bool at_most = limit.bound == Limit::Bound::at_most;
    return {limit.metric + ": " + limit.side + " " + format(ratio) + " x " + limit.yardstick + ", " + (at_most ? "at most " : "at least ") +
                format(limit.factor),
            ratio, at_most ? ratio <= limit.factor : ratio >= limit.factor};
}

std::vector<std::string> metrics_of(const Outcome& outcome) {
    std::vector<std::string> names;
    for (const auto& side : outcome) {
        for (const auto& metric : side.front()) {
            if (std::find(names.begin(), names.end(), metric.first) == names.end()) names.push_back(metric.first);
        }
    }
    return names;
}

}  // namespace

void print(const Work& work, const Outcome& outcome, std::ostream& out) {
    const auto names = metrics_of(outcome);
    out << "\n### " << work.title << "\n\n| |";
    for (const auto& name : names) out << " " << name << " |";
    out << "\n|"
        << " --- |";
    for (std::size_t i = 0; i < names.size(); ++i) out << " --- |";
    for (std::size_t side = 0; side < outcome.size(); ++side) {
        out << "\n| " << work.sides[side].name << " |";
        for (const auto& name : names) {
            const auto values = column(outcome[side], name);
            out << " " << (values.empty() ? "" : format(median(values))) << " |";
        }
    }
    out << "\n\n";
    for (const auto& limit : work.limits) {
        const Verdict verdict = judge(work, outcome, limit);
        out << "- " << (verdict.is_met ? "met" : "not met") << ": " << verdict.sentence << "\n";
    }
    out << std::flush;
}

std::string to_json(const Work& work, const Outcome& outcome) {
    nlohmann::ordered_json json{{"work", work.name}, {"title", work.title}};
    for (std::size_t side = 0; side < outcome.size(); ++side) {
        for (const auto& metric : outcome[side].front()) {
            const auto values = column(outcome[side], metric.first);
            json["sides"][work.sides[side].name][metric.first] = {{"median", median(values)}, {"rounds", values}};
        }
    }
    json["limits"] = nlohmann::json::array();
    for (const auto& limit : work.limits) {
        const Verdict verdict = judge(work, outcome, limit);
        json["limits"].push_back({{"limit", verdict.sentence}, {"ratio", verdict.ratio}, {"met", verdict.is_met}});
    }
    return json.dump(2);
}

}  // namespace muster::bench

// SPDX-License-Identifier: Apache-2.0
// Parsing and judging assertions.
#include "bench/assertion.hpp"

#include "bench/summary.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace muster::cli::bench {
namespace {

using nlohmann::json;

Error refuse(const std::string& text, const std::string& why, const std::string& hint) {
    return {Code::invalid_argument, "--assert '" + text + "': " + why, hint};
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// 0: there is no such unit.
double milliseconds_in(std::string_view unit) {
    if (unit == "ns") return 1e-6;
    if (unit == "us") return 1e-3;
    if (unit == "ms") return 1;
    return unit == "s" ? 1e3 : 0;
}

}  // namespace

Result<Assertion> parse_assertion(const std::string& text) {
    return parse_assertion(text, figure_names(),
                           "p50 p90 p99 p99.9 max, lost, duplicates, errors, connect.p99 and so on: see muster bench --help");
}

Result<Assertion> parse_assertion(const std::string& text, const std::vector<FigureName>& figures, const std::string& hint) {
    const auto at = text.find_first_of("<>=!");
    if (at == std::string::npos) return refuse(text, "there is no comparison", "for example --assert 'p99<50ms' --assert 'lost==0'");
    const std::size_t length = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
    Assertion assertion{text, trimmed(std::string_view(text).substr(0, at)), text.substr(at, length), 0};
    if (assertion.comparison == "=" || assertion.comparison == "!") {
        return refuse(text, "'" + assertion.comparison + "' is no comparison", "one of < <= > >= == !=");
    }
    const auto figure = std::find_if(figures.begin(), figures.end(), [&](const FigureName& one) { return one.name == assertion.figure; });
    if (figure == figures.end()) return refuse(text, "there is no figure '" + assertion.figure + "'", hint);
    assertion.unit = figure->unit;
    const std::string value = trimmed(std::string_view(text).substr(at + length));
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), assertion.bound);
    if (failure != std::errc()) return refuse(text, "'" + value + "' is no number", "for example --assert 'p99<50ms'");
    const std::string unit = trimmed(std::string_view(end, static_cast<std::size_t>(value.data() + value.size() - end)));
    if (figure->unit != Unit::milliseconds) {
        return unit.empty() ? Result<Assertion>(assertion)
                            : refuse(text, "'" + assertion.figure + "' has no unit", "leave '" + unit + "' out");
    }
    const double factor = milliseconds_in(unit);
    if (factor == 0) return refuse(text, unit.empty() ? "a time needs its unit" : "'" + unit + "' is no unit", "ns, us, ms or s");
    assertion.bound *= factor;
    return assertion;
}

bool holds(const Assertion& assertion, const std::map<std::string, double>& figures) {
    const auto found = figures.find(assertion.figure);
    if (found == figures.end()) return false;
    const double value = found->second;
    if (assertion.comparison == "<") return value < assertion.bound;
    if (assertion.comparison == "<=") return value <= assertion.bound;
    if (assertion.comparison == ">") return value > assertion.bound;
    if (assertion.comparison == ">=") return value >= assertion.bound;
    return (value == assertion.bound) == (assertion.comparison == "==");
}

json judged(const std::vector<Assertion>& assertions, const std::map<std::string, double>& figures) {
    json verdicts = json::array();
    for (const auto& assertion : assertions) {
        const auto found = figures.find(assertion.figure);
        const std::string unit = name_of(assertion.unit);
        verdicts.push_back({{"assertion", assertion.text},
                            {"passed", holds(assertion, figures)},
                            {"value", found == figures.end() ? json() : json(found->second)},
                            {"unit", unit.empty() ? json() : json(unit)}});
    }
    return verdicts;
}

void print_verdicts(const json& verdicts, std::ostream& out) {
    for (const auto& verdict : verdicts) {
        out << (verdict.at("passed").get<bool>() ? "PASS " : "FAIL ") << verdict.at("assertion").get<std::string>() << " ("
            << value_text(verdict) << ")\n";
    }
}

std::string value_text(const json& verdict) {
    if (verdict.at("value").is_null()) return "not measured";
    const json& unit = verdict.at("unit");
    return number_text(verdict.at("value").get<double>()) + (unit.is_null() ? "" : " " + unit.get<std::string>());
}

std::string failed_text(const json& verdicts) {
    std::string failed;
    for (const auto& verdict : verdicts) {
        if (verdict.at("passed").get<bool>()) continue;
        const std::string value = (verdict.at("value").is_null() ? "" : "it is ") + value_text(verdict);
        failed += (failed.empty() ? "" : ", ") + verdict.at("assertion").get<std::string>() + " (" + value + ")";
    }
    return failed;
}

}  // namespace muster::cli::bench

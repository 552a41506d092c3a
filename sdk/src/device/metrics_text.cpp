// SPDX-License-Identifier: Apache-2.0
// Families of samples in Prometheus' text format (exposition format, version 0.0.4).
#include "base/text.hpp"

#include <muster/metrics.hpp>

#include <array>
#include <charconv>
#include <set>
#include <string_view>

namespace muster {
namespace {

// A line feed would end the line, a quotation mark the value.
std::string escaped(std::string_view text, bool is_quoted) {
    std::string made;
    for (const char c : text) {
        if (c == '\\') {
            made += "\\\\";
        } else if (c == '\n') {
            made += "\\n";
        } else if (c == '"' && is_quoted) {
            made += "\\\"";
        } else {
            made += c;
        }
    }
    return made;
}

// With a point whatever the locale.
std::string text_of(double value) {
    std::array<char, 32> text{};
    const auto whole = static_cast<std::uint64_t>(value >= 0 ? value : 0);
    constexpr double exact = 9'007'199'254'740'992.0;  // 2^53: beyond it a double is no count.
    const bool is_whole = value >= 0 && value < exact && static_cast<double>(whole) == value;
    const auto end = is_whole ? std::to_chars(text.data(), text.data() + text.size(), whole)
                              : std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end.ptr};
}

void append(std::string& to, const MetricFamily& family, const std::string& labels) {
    to.append("# HELP ").append(family.name).append(" ").append(escaped(family.help, false)).append("\n");
    to.append("# TYPE ").append(family.name).append(family.kind == MetricKind::counter ? " counter\n" : " gauge\n");
    for (const auto& sample : family.samples) {
        std::string all = labels;
        if (!family.label.empty()) {
            if (!all.empty()) all += ',';
            all.append(family.label).append("=\"").append(escaped(sample.label, true)).append("\"");
        }
        to += family.name;
        if (!all.empty()) to.append("{").append(all).append("}");
        to.append(" ").append(text_of(sample.value)).append("\n");
    }
}

std::string text_of(const std::vector<MetricFamily>& families, const std::string& labels) {
    std::string text;
    for (const auto& family : families) append(text, family, labels);
    return text;
}

bool is_label_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::string_view all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !name.empty() && letters.find(name.front()) != std::string_view::npos && name.substr(0, 2) != "__" &&
           name.find_first_not_of(all) == std::string_view::npos;
}

}  // namespace

std::string metrics_text(const Metrics& metrics) {
    return text_of(metric_families(metrics), "");
}

Result<std::string> metrics_text(const Metrics& metrics, const MetricLabels& labels) {
    const auto families = metric_families(metrics);
    std::set<std::string> taken;
    for (const auto& family : families) taken.insert(family.label);
    std::string written;
    for (const auto& [name, value] : labels) {
        if (!is_label_name(name))
            return Error{Code::invalid_argument, "'" + base::printable(name) + "' is no name of a label",
                         "use letters, digits and '_', and begin with a letter"};
        if (!taken.insert(name).second)
            return Error{Code::invalid_argument, "the label '" + name + "' is there already", "choose another name"};
        if (!written.empty()) written += ',';
        written.append(name).append("=\"").append(escaped(value, true)).append("\"");
    }
    return text_of(families, written);
}

}  // namespace muster

// SPDX-License-Identifier: Apache-2.0
// What people and programs read of a check.
#include "doctor/report.hpp"

#include "output/table.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace muster::cli::doctor {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_text = 20;  // Narrower than this, wrapping makes nothing readable.

struct Mark {
    const char* unicode;
    const char* ascii;
    const char* colour;
};

Mark mark_of(State state) {
    switch (state) {
        case State::ok:
            return {"✓", "+", "\x1b[32m"};
        case State::warning:
            return {"!", "!", "\x1b[1;33m"};
        case State::failed:
            return {"✗", "x", "\x1b[1;31m"};
        case State::skipped:
            break;
    }
    return {"-", "-", "\x1b[2m"};
}

// At blanks; a word that is too long stays whole.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines(1);
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width) lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
        begin = end + 1;
    }
    return lines;
}

}  // namespace

bool speaks_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string locale = value;
        std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
    return false;
}

std::string lines_of(const Report& report, const LineStyle& style) {
    const auto& finding = report.finding;
    const Mark mark = mark_of(finding.state);
    const std::string name = report.check + std::string(style.name_width - std::min(style.name_width, report.check.size()), ' ');
    std::string head = style.has_unicode ? mark.unicode : mark.ascii;
    if (style.is_coloured) head = mark.colour + head + "\x1b[0m";
    head += " " + name + std::string(gap, ' ');
    const std::size_t indent = 2 + name.size() + gap;
    const std::string found = printable((finding.state == State::skipped ? "skipped: " : "") + finding.found);
    const std::string fix = finding.fix.empty() ? "" : "fix: " + printable(finding.fix);
    constexpr std::size_t before_fix = 4;
    const bool is_one_line = style.width == 0 || indent + width_of(found) + (fix.empty() ? 0 : before_fix + width_of(fix)) <= style.width;
    if (is_one_line) return head + found + (fix.empty() ? "" : std::string(before_fix, ' ') + fix) + "\n";
    const std::size_t room = std::max(style.width > indent ? style.width - indent : 0, least_text);
    std::string lines;
    for (const auto& text : {found, fix}) {
        if (text.empty()) continue;
        for (const auto& line : wrapped(text, room)) lines += (lines.empty() ? head : std::string(indent, ' ')) + line + "\n";
    }
    return lines;
}

nlohmann::json to_json(const Report& report) {
    const auto& finding = report.finding;
    return {{"check", report.check},
            {"state", name_of(finding.state)},
            {"found", finding.found},
            {"fix", finding.fix.empty() ? nlohmann::json() : nlohmann::json(finding.fix)},
            {"details", finding.details}};
}

bool has_failed(const std::vector<Report>& reports) {
    return std::any_of(reports.begin(), reports.end(), [](const Report& report) { return report.finding.state == State::failed; });
}

std::string count_of(const std::vector<Report>& reports) {
    const auto count = [&](State state) {
        return std::count_if(reports.begin(), reports.end(), [&](const Report& report) { return report.finding.state == state; });
    };
    const auto problems = count(State::failed);
    const auto warnings = count(State::warning);
    std::string text = std::to_string(problems) + (problems == 1 ? " problem" : " problems");
    if (warnings > 0) text += ", " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
    return text;
}

}  // namespace muster::cli::doctor

// SPDX-License-Identifier: Apache-2.0
// Types, ranges and unknown keys of TOML tables.
#include "config/toml_reader.hpp"

#include "tree/suggestion.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <string_view>

namespace muster::cli {
namespace {

using std::chrono::milliseconds;

struct TimeUnit {
    std::string_view name;
    std::int64_t milliseconds;
};
// The shortest first.
constexpr std::array<TimeUnit, 5> units{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr double most_milliseconds = 1e15;

std::string number_text(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

}  // namespace

milliseconds parse_duration(const std::string& text) {
    double number = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (failure != std::errc() || !(number >= 0)) return milliseconds(-1);
    for (const auto& known : units) {
        const double whole = number * static_cast<double>(known.milliseconds);
        if (known.name == unit && whole < most_milliseconds) return milliseconds(static_cast<std::int64_t>(std::llround(whole)));
    }
    return milliseconds(-1);
}

std::string duration_text(milliseconds duration) {
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
        const bool is_whole = duration.count() % unit->milliseconds == 0;
        if (is_whole && duration.count() > 0) return std::to_string(duration.count() / unit->milliseconds) + std::string(unit->name);
    }
    return "0s";
}

const TomlNode* TableReader::value(const std::string& name) {
    known_.push_back(name);
    findings_.keys.insert(path_ + name);
    const auto* member = table_ == nullptr ? nullptr : table_->find(name);
    return member == nullptr ? nullptr : &member->node;
}

void TableReader::wrong_type(const std::string& name, const TomlNode& node, const std::string& expected) {
    complain(node.place, path_ + name + ": " + expected + " is expected, and there is " + name_of(node.kind));
}

const TomlNode* TableReader::value(const std::string& name, TomlNode::Kind kind) {
    const auto* node = value(name);
    if (node == nullptr || node->kind == kind) return node;
    wrong_type(name, *node, name_of(kind));
    return nullptr;
}

const TomlNode* TableReader::number(const std::string& name, double least, double most, bool is_whole) {
    const auto* node = value(name);
    if (node == nullptr) return nullptr;
    const bool is_integer = node->kind == TomlNode::Kind::integer;
    if (!is_integer && (is_whole || node->kind != TomlNode::Kind::real)) {
        wrong_type(name, *node, name_of(is_whole ? TomlNode::Kind::integer : TomlNode::Kind::real));
        return nullptr;
    }
    if (node->real >= least && node->real <= most) return node;  // NaN is not.
    complain(node->place,
             path_ + name + ": " + number_text(node->real) + " is not from " + number_text(least) + " to " + number_text(most));
    return nullptr;
}

void TableReader::text(const std::string& name, std::string& target) {
    if (const auto* node = value(name, TomlNode::Kind::text)) target = node->text;
}

void TableReader::truth(const std::string& name, bool& target) {
    if (const auto* node = value(name, TomlNode::Kind::truth)) target = node->truth;
}

void TableReader::real(const std::string& name, double& target, double least, double most) {
    if (const auto* node = number(name, least, most, false)) target = node->real;
}

void TableReader::reals(const std::string& name, std::vector<double>& target) {
    const auto* node = value(name, TomlNode::Kind::array);
    if (node == nullptr) return;
    target.clear();
    for (const auto& element : node->elements) {
        const bool is_number = element.kind == TomlNode::Kind::integer || element.kind == TomlNode::Kind::real;
        if (!is_number) return wrong_type(name, element, name_of(TomlNode::Kind::real));
        target.push_back(element.real);
    }
    if (target.empty()) complain(node->place, path_ + name + ": the array is empty");
}

void TableReader::duration(const std::string& name, milliseconds& target, milliseconds least, milliseconds most) {
    const auto* node = value(name);
    if (node == nullptr) return;
    const milliseconds read = node->kind == TomlNode::Kind::text ? parse_duration(node->text) : milliseconds(-1);
    if (read.count() < 0) {
        const std::string there = node->kind == TomlNode::Kind::text ? "'" + node->text + "'" : std::string(name_of(node->kind));
        return complain(node->place, path_ + name + ": " + there + " is no duration, such as \"500ms\", \"10s\", \"5m\" or \"1h\"");
    }
    if (read < least || read > most) {
        return complain(node->place,
                        path_ + name + ": " + node->text + " is not from " + duration_text(least) + " to " + duration_text(most));
    }
    target = read;
}

void TableReader::table(const std::string& name, const std::function<void(TableReader&)>& read) {
    const auto* node = value(name, TomlNode::Kind::table);
    if (node == nullptr && !only_describes()) return;
    TableReader reader(node, path_ + name + ".", findings_);
    read(reader);
}

void TableReader::tables(const std::string& name, const std::function<void(TableReader&)>& read) {
    const std::string path = path_ + name + "[].";
    const auto* node = value(name, TomlNode::Kind::array);
    if (only_describes()) {
        TableReader reader(nullptr, path, findings_);
        return read(reader);
    }
    if (node == nullptr) return;
    for (const auto& element : node->elements) {
        if (element.kind != TomlNode::Kind::table) {
            wrong_type(name, element, name_of(TomlNode::Kind::table));
            continue;
        }
        TableReader reader(&element, path, findings_);
        read(reader);
    }
}

const TomlNode* TableReader::anything(const std::string& name) {
    return value(name);
}

TomlPlace TableReader::place_of(const std::string& name) const {
    if (table_ == nullptr) return {};
    const auto* member = table_->find(name);
    return member == nullptr ? table_->place : member->node.place;
}

void TableReader::require(const std::string& name) {
    if (table_ != nullptr && !has(name)) complain(table_->place, path_ + name + " is missing");
}

void TableReader::finish(const std::map<std::string, std::string>& elsewhere) {
    if (table_ == nullptr) return;
    for (const auto& member : table_->members) {
        if (std::find(known_.begin(), known_.end(), member.name) != known_.end()) continue;
        const auto why = elsewhere.find(member.name);
        if (why != elsewhere.end()) {
            complain(member.place, path_ + member.name + ": " + why->second);
            continue;
        }
        const std::string meant = nearest(member.name, known_);
        complain(member.place, "there is no key " + path_ + member.name + (meant.empty() ? "" : "; did you mean " + meant + "?"));
    }
}

}  // namespace muster::cli

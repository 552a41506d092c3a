// SPDX-License-Identifier: Apache-2.0
// Reads tables of TOML strictly: each key has a type and a range, and every mistake is told with its place, not only the first.
#pragma once

#include "config/toml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::cli {

struct TomlProblem {
    TomlPlace place;
    std::string what;
};

/// What reading a document found out.
struct TomlFindings {
    std::vector<TomlProblem> problems;
    std::set<std::string> keys;  ///< That were asked for, as `sensor[].value[].name`.
};

/// One table. Its functions leave the target as it is where the key is not there, or its value is wrong.
/// Threads: one.
class TableReader {
public:
    /// Without a table the keys are noted only. Both outlive it; `path` is empty, or ends with a dot.
    TableReader(const TomlNode* table, std::string path, TomlFindings& findings)
        : table_(table), path_(std::move(path)), findings_(findings), problems_before_(findings.problems.size()) {}

    void text(const std::string& name, std::string& target);
    void truth(const std::string& name, bool& target);
    void real(const std::string& name, double& target, double least, double most);
    void reals(const std::string& name, std::vector<double>& target);
    /// A text such as `500ms`, `10s`, `5m`, `1h` or `1d`.
    void duration(const std::string& name, std::chrono::milliseconds& target, std::chrono::milliseconds least,
                  std::chrono::milliseconds most);
    template <class Integer>
    void integer(const std::string& name, Integer& target, std::int64_t least, std::int64_t most);
    template <class Enum>
    void choice(const std::string& name, Enum& target, const std::vector<std::pair<std::string, Enum>>& words);
    /// One table, and each of an array of tables.
    void table(const std::string& name, const std::function<void(TableReader&)>& read);
    void tables(const std::string& name, const std::function<void(TableReader&)>& read);
    /// Whatever it is; null if it is not there.
    const TomlNode* anything(const std::string& name);

    /// Tells of a key that must be there, and is not.
    void require(const std::string& name);
    /// Tells of keys that nobody has asked for. `elsewhere` says why a known one may not stand here.
    void finish(const std::map<std::string, std::string>& elsewhere = {});
    void complain(const TomlPlace& place, std::string what) { findings_.problems.push_back({place, std::move(what)}); }

    [[nodiscard]] bool has(const std::string& name) const { return table_ != nullptr && table_->find(name) != nullptr; }
    /// Of the key's value, or of the table.
    [[nodiscard]] TomlPlace place_of(const std::string& name) const;
    /// Whether there is no table.
    [[nodiscard]] bool only_describes() const { return table_ == nullptr; }
    /// So far; what is in it counts.
    [[nodiscard]] bool has_no_problems() const { return findings_.problems.size() == problems_before_; }

private:
    const TomlNode* value(const std::string& name);
    const TomlNode* value(const std::string& name, TomlNode::Kind kind);
    const TomlNode* number(const std::string& name, double least, double most, bool is_whole);
    void wrong_type(const std::string& name, const TomlNode& node, const std::string& expected);

    const TomlNode* table_;
    std::string path_;
    TomlFindings& findings_;
    const std::size_t problems_before_;
    std::vector<std::string> known_;
};

/// `500ms`, `10s`, `5m`, `1h`, `1d`; below 0 ms if it is none.
[[nodiscard]] std::chrono::milliseconds parse_duration(const std::string& text);
/// The largest of its units that it is a whole number of.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

template <class Integer>
void TableReader::integer(const std::string& name, Integer& target, std::int64_t least, std::int64_t most) {
    if (const auto* node = number(name, static_cast<double>(least), static_cast<double>(most), true)) {
        target = static_cast<Integer>(node->integer);
    }
}

template <class Enum>
void TableReader::choice(const std::string& name, Enum& target, const std::vector<std::pair<std::string, Enum>>& words) {
    const auto* node = value(name, TomlNode::Kind::text);
    if (node == nullptr) return;
    std::string all;
    for (const auto& [word, meant] : words) {
        if (node->text == word) {
            target = meant;
            return;
        }
        all += (all.empty() ? "" : ", ") + word;
    }
    complain(node->place, path_ + name + ": '" + node->text + "' is none of " + all);
}

}  // namespace muster::cli

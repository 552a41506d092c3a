// SPDX-License-Identifier: Apache-2.0
// A reader of Prometheus' text format (version 0.0.4) that takes nothing but what the format allows.
#pragma once

#include <cctype>
#include <cstddef>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace muster::test {

using PrometheusLabels = std::map<std::string, std::string>;

struct PrometheusFamily {
    std::string help;
    std::string type;
    std::map<PrometheusLabels, std::string> samples;  ///< Values as written.
};

/// Throws std::runtime_error with the line that is wrong: not `# HELP`, `# TYPE` and samples of one name after another, a name or label
/// that is none, an unknown escape, two samples with one set of labels, a value that is no number, or a last line that does not end.
class PrometheusText {
public:
    explicit PrometheusText(const std::string& text) {
        if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line does not end");
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            line_ = line;
            rest_ = line_;
            read_line();
        }
    }

    [[nodiscard]] const std::map<std::string, PrometheusFamily>& families() const { return families_; }
    /// The value as written; empty if there is none.
    [[nodiscard]] std::string value(const std::string& name, const PrometheusLabels& labels = {}) const {
        const auto family = families_.find(name);
        if (family == families_.end()) return {};
        const auto sample = family->second.samples.find(labels);
        return sample == family->second.samples.end() ? std::string() : sample->second;
    }

private:
    void fail(const char* why) const { throw std::runtime_error(std::string(why) + ": " + line_); }
    bool skip(std::string_view what) {
        if (rest_.substr(0, what.size()) != what) return false;
        rest_.remove_prefix(what.size());
        return true;
    }
    std::string word(bool may_have_colon) {
        std::size_t length = 0;
        while (length < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[length])) != 0 || rest_[length] == '_' ||
                                         (may_have_colon && rest_[length] == ':')))
            ++length;
        if (length == 0 || std::isdigit(static_cast<unsigned char>(rest_[0])) != 0) fail("no name");
        std::string name(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return name;
    }
    std::string unescaped(bool is_quoted) {
        std::string made;
        while (!rest_.empty() && !(is_quoted && rest_.front() == '"')) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '\\') {
                const char kind = rest_.empty() ? '\0' : rest_.front();
                if (kind != '\\' && kind != 'n' && !(is_quoted && kind == '"')) fail("an unknown escape");
                c = kind == 'n' ? '\n' : kind;
                rest_.remove_prefix(1);
            }
            made += c;
        }
        return made;
    }
    PrometheusLabels labels() {
        PrometheusLabels made;
        if (!skip("{")) return made;
        do {
            const std::string name = word(false);
            if (!skip("=\"")) fail("no value of a label");
            if (!made.emplace(name, unescaped(true)).second) fail("a label comes twice");
            if (!skip("\"")) fail("a label's value does not end");
        } while (skip(","));
        if (!skip("}")) fail("the labels do not end");
        return made;
    }
    void read_line() {
        if (skip("# HELP ")) {
            current_ = word(true);
            if (!skip(" ") || rest_.empty()) fail("no help");
            if (!families_.emplace(current_, PrometheusFamily{unescaped(false), "", {}}).second) fail("a family comes twice");
        } else if (skip("# TYPE ")) {
            if (word(true) != current_ || !skip(" ") || !families_[current_].type.empty()) fail("a type in the wrong place");
            if (rest_ != "counter" && rest_ != "gauge") fail("an unknown type");
            families_[current_].type = rest_;
        } else {
            read_sample();
        }
    }
    void read_sample() {
        if (word(true) != current_ || families_[current_].type.empty()) fail("a sample in the wrong place");
        auto found = labels();
        if (!skip(" ")) fail("no value");
        const std::string value(rest_);
        std::size_t used = 0;
        try {
            static_cast<void>(std::stod(value, &used));
        } catch (const std::exception&) {
            fail("no number");
        }
        if (used != value.size() || value.find(',') != std::string::npos) fail("no number");
        if (!families_[current_].samples.emplace(std::move(found), value).second) fail("a sample comes twice");
    }

    std::string line_;
    std::string_view rest_;
    std::string current_;
    std::map<std::string, PrometheusFamily> families_;
};

}  // namespace muster::test

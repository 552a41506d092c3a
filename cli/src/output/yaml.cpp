// SPDX-License-Identifier: Apache-2.0
// JSON values as YAML: plain words, quoted strings, and blocks for text of several lines.
#include "output/yaml.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

// YAML 1.1 takes each of these, in any case, for a truth or for nothing.
constexpr std::array<std::string_view, 11> reserved{"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"};

// What is a number, a time or a mark in some version of YAML begins with something else than a letter.
bool is_plain(const std::string& text) {
    const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
    const auto is_safe = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/'; };
    if (text.empty() || !is_letter(text.front()) || static_cast<unsigned char>(text.front()) > 'z') return false;
    if (!std::all_of(text.begin(), text.end(), is_safe)) return false;
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(reserved.begin(), reserved.end(), lower) == reserved.end();
}

bool is_block(const std::string& text) {
    const auto is_usual = [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); };
    const bool ends_once = text.size() > 1 && text.back() == '\n' && text[text.size() - 2] != '\n';
    return ends_once && text.front() != ' ' && text.front() != '\n' && std::all_of(text.begin(), text.end(), is_usual);
}

// JSON's escapes are YAML's; these characters JSON leaves as they are, and YAML does not print.
std::string quote(const std::string& text) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> unprintable{{{"\x7F", "\\x7F"},
                                                                                               {"\xE2\x80\xA8", "\\u2028"},
                                                                                               {"\xE2\x80\xA9", "\\u2029"},
                                                                                               {"\xEF\xBB\xBF", "\\uFEFF"},
                                                                                               {"\xEF\xBF\xBE", "\\uFFFE"},
                                                                                               {"\xEF\xBF\xBF", "\\uFFFF"}}};
    const std::string json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string quoted;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view rest = std::string_view(json).substr(i);
        const auto* found =
            std::find_if(unprintable.begin(), unprintable.end(), [&](const auto& one) { return rest.rfind(one.first, 0) == 0; });
        if (found != unprintable.end()) {
            quoted += found->second;
            i += found->first.size() - 1;
        } else if (rest.size() > 1 && rest[0] == '\xC2' && static_cast<unsigned char>(rest[1]) < 0xA0) {
            static constexpr std::string_view digits = "0123456789ABCDEF";
            const auto code = static_cast<unsigned char>(rest[1]);
            quoted += {'\\', 'x', digits[code >> 4U], digits[code & 0xFU]};
            ++i;
        } else {
            quoted += json[i];
        }
    }
    return quoted;
}

// Without a point YAML 1.1 takes it for text.
std::string number(std::string digits) {
    const auto exponent = digits.find('e');
    if (exponent != std::string::npos && digits.find('.') == std::string::npos) digits.insert(exponent, ".0");
    return digits;
}

std::string scalar(const Json& value, const std::string& indent) {
    if (value.is_number_float()) return number(value.dump());
    if (!value.is_string()) return value.dump();
    const auto& text = value.get_ref<const std::string&>();
    if (is_plain(text)) return text;
    if (!is_block(text)) return quote(text);
    std::istringstream lines(text);
    std::string block = "|";
    for (std::string line; std::getline(lines, line);) {
        block += '\n';
        if (!line.empty()) block.append(indent).append(line);
    }
    return block;
}

bool is_nested(const Json& value) {
    return value.is_structured() && !value.empty();
}

void write(const Json& value, const std::string& indent, std::string& out);

void write_members(const Json& object, const std::string& indent, bool continues_line, std::string& out) {
    for (const auto& [key, member] : object.items()) {
        if (!continues_line) out += indent;
        continues_line = false;
        out += (is_plain(key) ? key : quote(key)) + ":";
        if (is_nested(member)) {
            out += "\n";
            write(member, indent + "  ", out);
        } else {
            out += " " + scalar(member, indent + "  ") + "\n";
        }
    }
}

void write(const Json& value, const std::string& indent, std::string& out) {
    if (value.is_object()) return write_members(value, indent, false, out);
    for (const auto& element : value) {
        out += indent + "- ";
        if (element.is_object() && !element.empty()) {
            write_members(element, indent + "  ", true, out);
        } else if (is_nested(element)) {
            out.back() = '\n';
            write(element, indent + "  ", out);
        } else {
            out += scalar(element, indent + "  ") + "\n";
        }
    }
}

}  // namespace

std::string to_yaml(const nlohmann::json& value) {
    std::string out;
    if (!is_nested(value)) return scalar(value, "  ") + "\n";
    write(value, "", out);
    return out;
}

}  // namespace muster::cli

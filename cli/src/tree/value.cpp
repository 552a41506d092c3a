// SPDX-License-Identifier: Apache-2.0
// The text of a flag's value, made a number or a truth.
#include "tree/value.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace muster::cli {
namespace {

constexpr int decimal = 10;
constexpr int hexadecimal = 16;

// The sign stays before the digits: from_chars takes it, but no prefix.
template <class Number>
Result<Number> parse_digits(const std::string& text, Number least, Number most) {
    const bool is_hexadecimal = text.rfind("0x", 0) == 0 || text.rfind("0X", 0) == 0;
    const std::string_view digits = std::string_view(text).substr(is_hexadecimal ? 2 : 0);
    Number number{};
    const auto [stop, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hexadecimal ? hexadecimal : decimal);
    const bool is_number = stop == digits.data() + digits.size() && !digits.empty();
    if (!is_number || status == std::errc::invalid_argument) return Error{Code::invalid_argument, "'" + text + "' is not a whole number"};
    if (status == std::errc::result_out_of_range || number < least || number > most)
        return Error{Code::invalid_argument, "'" + text + "' is not from " + std::to_string(least) + " to " + std::to_string(most)};
    return number;
}

}  // namespace

Result<std::int64_t> parse_integer(const std::string& text, std::int64_t least, std::int64_t most) {
    return parse_digits<std::int64_t>(text, least, most);
}

Result<std::uint64_t> parse_unsigned(const std::string& text, std::uint64_t most) {
    return parse_digits<std::uint64_t>(text, 0, most);
}

Result<double> parse_number(const std::string& text) {
    double number = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = !text.empty() && status == std::errc() && stop == text.data() + text.size();
    if (!is_number || !std::isfinite(number)) return Error{Code::invalid_argument, "'" + text + "' is not a number"};
    return number;
}

std::pair<std::string, std::string> split_unit(const std::string& text) {
    const auto last_digit = text.find_last_of("0123456789.");
    const std::size_t end = last_digit == std::string::npos ? 0 : last_digit + 1;
    return {text.substr(0, end), text.substr(end)};
}

Result<bool> parse_switch(const std::string& text) {
    for (const char* yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return true;
    }
    for (const char* no : {"false", "no", "off", "0"}) {
        if (text == no) return false;
    }
    return Error{Code::invalid_argument, "'" + text + "' is neither true nor false"};
}

}  // namespace muster::cli

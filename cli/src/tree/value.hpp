// SPDX-License-Identifier: Apache-2.0
// The text of a flag's value, made the value of a field, and back.
#pragma once

#include <muster/result.hpp>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::cli {

/// Decimal, or hexadecimal with 0x. Fails with Code::invalid_argument if it is no integer from `least` to `most`.
Result<std::int64_t> parse_integer(const std::string& text, std::int64_t least, std::int64_t most);
Result<std::uint64_t> parse_unsigned(const std::string& text, std::uint64_t most);
/// Decimal, with a point whatever the locale is; infinite is none.
Result<double> parse_number(const std::string& text);
/// A number and the unit that it ends with, which may be empty: "1.5h" is "1.5" and "h". The number is still to be parsed.
std::pair<std::string, std::string> split_unit(const std::string& text);
/// yes, true, on, 1; no, false, off, 0.
Result<bool> parse_switch(const std::string& text);

template <class T>
concept SignedInteger = std::signed_integral<T> && !std::same_as<T, bool>;
template <class T>
concept UnsignedInteger = std::unsigned_integral<T> && !std::same_as<T, bool>;

template <class T>
Result<T> parse_value(const std::string& text) {
    if constexpr (SignedInteger<T>) {
        const auto value = parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        return value ? Result<T>(static_cast<T>(*value)) : Result<T>(value.error());
    } else if constexpr (UnsignedInteger<T>) {
        const auto value = parse_unsigned(text, std::numeric_limits<T>::max());
        return value ? Result<T>(static_cast<T>(*value)) : Result<T>(value.error());
    } else if constexpr (std::same_as<T, double>) {
        return parse_number(text);
    } else {
        return T(text);  // A string or a path.
    }
}

/// One occurrence each is one text; a scalar takes the last.
template <class T>
Result<void> assign(T& target, const std::vector<std::string>& texts) {
    auto value = parse_value<T>(texts.back());
    if (!value) return std::move(value).error();
    target = std::move(*value);
    return {};
}

template <class T>
Result<void> assign(std::optional<T>& target, const std::vector<std::string>& texts) {
    return assign(target.emplace(), texts);
}

template <class T>
Result<void> assign(std::vector<T>& target, const std::vector<std::string>& texts) {
    target.clear();
    for (const auto& text : texts) {
        auto value = parse_value<T>(text);
        if (!value) return std::move(value).error();
        target.push_back(std::move(*value));
    }
    return {};
}

/// What a field has before anything is given, for the help; empty for nothing.
template <class T>
std::string describe(const T& value) {
    if constexpr (std::integral<T>) {
        return std::to_string(value);
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
        return value.string();
    } else if constexpr (std::same_as<T, std::string>) {
        return value;
    } else {
        return {};
    }
}

template <class T>
std::string describe(const std::vector<T>& values) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ",") + describe(value);
    return text;
}

/// What stands for a value in the help.
template <class T>
const char* type_of() {
    if constexpr (SignedInteger<T> || UnsignedInteger<T> || std::same_as<T, double>) return "N";
    if constexpr (std::same_as<T, std::filesystem::path>) return "FILE";
    return "TEXT";
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// Topic names and filters (MQTT 5.0, section 4.7).
#include "base/topic.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace muster::base {
namespace {

constexpr std::size_t max_bytes = 65'535;
constexpr std::string_view share = "$share/";

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::uint64_t in_each_byte(unsigned char value) {
    return ~std::uint64_t{0} / 0xFFU * value;
}

std::uint64_t word_at(std::string_view text, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, word_bytes);
    return word;
}

// The highest bit of a byte is set if it is no ASCII, NUL or a wildcard; of those before it, at least of one.
std::uint64_t special_bytes(std::uint64_t word) {
    const std::uint64_t ones = in_each_byte(1);
    return word | (word - ones) | ((word ^ in_each_byte('+')) - ones) | ((word ^ in_each_byte('#')) - ones);
}

// Nearly every topic is ASCII, and this is on the way of every message: it looks at eight bytes at once.
bool is_plain(std::string_view topic) {
    std::uint64_t special = 0;
    std::size_t at = 0;
    for (; topic.size() - at >= word_bytes; at += word_bytes) special |= special_bytes(word_at(topic, at));
    if (topic.size() >= word_bytes) {
        special |= special_bytes(word_at(topic, topic.size() - word_bytes));  // Some of them again.
    } else {
        std::uint64_t word = in_each_byte('a');
        std::memcpy(&word, topic.data(), topic.size());
        special |= special_bytes(word);
    }
    return (special & in_each_byte(0x80)) == 0;
}

std::size_t common_prefix(std::string_view one, std::string_view other) {
    const std::size_t most = std::min(one.size(), other.size());
    std::size_t same = 0;
    while (most - same >= word_bytes && word_at(one, same) == word_at(other, same)) same += word_bytes;
    while (same < most && one[same] == other[same]) ++same;
    return same;
}

// How many bytes at the front are UTF-8 without NUL.
std::size_t well_formed_prefix(std::string_view text) {
    std::size_t good = 0;
    while (good < text.size() && text[good] != '\0') {
        const std::size_t length = utf8_sequence_length(text.substr(good));
        if (length == 0) return good;
        good += length;
    }
    return good;
}

Result<void> check_text(const char* what, std::string_view text) {
    if (text.empty()) return Error{Code::invalid_argument, std::string(what) + " is empty"};
    if (text.size() > max_bytes)
        return Error{Code::too_large, std::string(what) + " has " + std::to_string(text.size()) + " bytes, more than 65535"};
    const std::size_t good = well_formed_prefix(text);
    if (good == text.size()) return {};
    return Error{Code::invalid_argument, std::string(what) + " '" + printable(text) + "': byte " + std::to_string(good + 1) +
                                             (text[good] == '\0' ? " is NUL" : " begins no UTF-8 character")};
}

}  // namespace

bool is_mqtt_utf8(std::string_view text) noexcept {
    return well_formed_prefix(text) == text.size();
}

Result<void> check_topic(std::string_view topic) {
    if (!topic.empty() && topic.size() <= max_bytes && is_plain(topic)) return {};
    if (auto checked = check_text("topic", topic); !checked) return checked;
    if (const auto wildcard = topic.find_first_of("+#"); wildcard != std::string_view::npos) {
        return Error{Code::invalid_argument, "topic '" + printable(topic) + "' has a wildcard at byte " + std::to_string(wildcard + 1),
                     "wildcards are for subscriptions"};
    }
    return {};
}

Result<void> check_filter(std::string_view filter) {
    if (auto checked = check_text("topic filter", filter); !checked) return checked;
    for (std::size_t i = 0; i < filter.size(); ++i) {
        if (filter[i] != '+' && filter[i] != '#') continue;
        const bool starts_level = i == 0 || filter[i - 1] == '/';
        const bool ends_level = i + 1 == filter.size() || filter[i + 1] == '/';
        if (!starts_level || !ends_level || (filter[i] == '#' && i + 1 != filter.size())) {
            return Error{
                Code::invalid_argument,
                "topic filter '" + printable(filter) + "': '" + filter[i] + "' at byte " + std::to_string(i + 1) + " is out of place",
                "'+' stands for a whole level, '#' for the rest and comes last"};
        }
    }
    return {};
}

bool filter_matches(std::string_view filter, std::string_view topic) noexcept {
    if (!topic.empty() && topic.front() == '$' && !filter.empty() && (filter.front() == '+' || filter.front() == '#')) return false;
    while (true) {
        const std::size_t same = common_prefix(filter, topic);  // No topic has a wildcard.
        filter.remove_prefix(same);
        topic.remove_prefix(same);
        if (filter.empty()) return topic.empty();
        if (filter.front() == '#') return true;
        if (filter.front() != '+') return topic.empty() && filter == "/#";  // `a/#` matches `a` too.
        filter.remove_prefix(1);
        topic.remove_prefix(std::min(topic.find('/'), topic.size()));
    }
}

bool is_shared(std::string_view filter) noexcept {
    return filter.substr(0, share.size()) == share && filter.find('/', share.size()) != std::string_view::npos;
}

std::string_view matched_part(std::string_view filter) noexcept {
    return is_shared(filter) ? filter.substr(filter.find('/', share.size()) + 1) : filter;
}

// FNV-1a, 32 bits.
std::uint32_t subscription_identifier(std::string_view filter) noexcept {
    constexpr std::uint32_t highest = 268'435'455;
    std::uint32_t hash = 2'166'136'261;
    for (const char byte : filter) hash = (hash ^ static_cast<unsigned char>(byte)) * 16'777'619U;
    return hash % highest + 1;
}

}  // namespace muster::base

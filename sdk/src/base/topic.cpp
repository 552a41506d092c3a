// SPDX-License-Identifier: Apache-2.0
// Topic names and filters (MQTT 5.0, section 4.7).
#include "base/topic.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace muster::base {
namespace {

constexpr std::size_t max_bytes = 65'535;
constexpr std::string_view share = "$share/";

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
    // Nearly every topic is ASCII, and this is on the way of every message.
    const auto is_plain = [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80U && c != '+' && c != '#'; };
    if (!topic.empty() && topic.size() <= max_bytes && std::all_of(topic.begin(), topic.end(), is_plain)) return {};
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
        if (filter == "#") return true;
        const auto filter_end = filter.find('/');
        const auto topic_end = topic.find('/');
        const std::string_view level = filter.substr(0, filter_end);
        if (level != "+" && level != topic.substr(0, topic_end)) return false;
        const bool filter_ends = filter_end == std::string_view::npos;
        const bool topic_ends = topic_end == std::string_view::npos;
        if (topic_ends) return filter_ends || filter.substr(filter_end + 1) == "#";  // `a/#` matches `a` too.
        if (filter_ends) return false;
        filter.remove_prefix(filter_end + 1);
        topic.remove_prefix(topic_end + 1);
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

// SPDX-License-Identifier: Apache-2.0
// Topic names and filters (MQTT 5.0, section 4.7).
#include "base/topic.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace muster::base {
namespace {

constexpr std::size_t max_bytes = 65'535;

// The length of the well-formed UTF-8 sequence at the front of `text`; 0 if there is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80U) return 1;
    if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
    if (first >= 0xE0U && first <= 0xEFU) {
        const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
        const bool surrogate = first == 0xEDU && byte(1) > 0x9FU;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const bool overlong = first == 0xF0U && byte(1) < 0x90U;
        const bool beyond = first == 0xF4U && byte(1) > 0x8FU;
        return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

Result<void> check_text(const char* what, std::string_view text) {
    if (text.empty()) return Error{Code::invalid_argument, std::string(what) + " is empty"};
    if (text.size() > max_bytes)
        return Error{Code::too_large, std::string(what) + " has " + std::to_string(text.size()) + " bytes, more than 65535"};
    if (!is_mqtt_utf8(text)) return Error{Code::invalid_argument, std::string(what) + " is not UTF-8 without NUL"};
    return {};
}

}  // namespace

bool is_mqtt_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0 || text.front() == '\0') return false;
        text.remove_prefix(length);
    }
    return true;
}

Result<void> check_topic(std::string_view topic) {
    if (auto checked = check_text("topic", topic); !checked) return checked;
    if (topic.find_first_of("+#") != std::string_view::npos) {
        return Error{Code::invalid_argument, "topic '" + std::string(topic) + "' has a wildcard", "wildcards are for subscriptions"};
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
                "topic filter '" + std::string(filter) + "': '" + filter[i] + "' at byte " + std::to_string(i + 1) + " is out of place",
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

}  // namespace muster::base

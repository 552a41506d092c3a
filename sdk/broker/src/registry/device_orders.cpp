// SPDX-License-Identifier: Apache-2.0
// The words in which devices are ordered, checked and stored.
#include "registry/device_orders.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace muster::testbroker::registry {
namespace {

constexpr std::size_t max_attributes = 16;
constexpr std::size_t max_name_bytes = 32;
constexpr std::size_t max_value_bytes = 256;
constexpr std::size_t least_one_time_bytes = 8;
constexpr std::size_t most_one_time_bytes = 32;

constexpr std::array<std::pair<RevocationReason, std::string_view>, 6> reason_names{
    {{RevocationReason::unspecified, "unspecified"},
     {RevocationReason::key_compromise, "keyCompromise"},
     {RevocationReason::affiliation_changed, "affiliationChanged"},
     {RevocationReason::superseded, "superseded"},
     {RevocationReason::cessation_of_operation, "cessationOfOperation"},
     {RevocationReason::privilege_withdrawn, "privilegeWithdrawn"}}};

bool is_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = base::utf8_sequence_length(text.substr(at));
        const auto first = static_cast<unsigned char>(text[at]);
        const bool is_control =
            first < 0x20U || first == 0x7FU || (length == 2 && first == 0xC2U && static_cast<unsigned char>(text[at + 1]) < 0xA0U);
        if (length == 0 || is_control) return false;
        at += length;
    }
    return true;
}

}  // namespace

std::string_view name_of(RevocationReason reason) {
    const auto* found = std::find_if(reason_names.begin(), reason_names.end(), [&](const auto& each) { return each.first == reason; });
    return found == reason_names.end() ? std::string_view() : found->second;
}

Result<RevocationReason> parse_revocation_reason(std::string_view name) {
    std::string all;
    for (const auto& [reason, known] : reason_names) {
        if (known == name) return reason;
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    return Error{Code::invalid_argument, "the reason is none for which a device's certificate is revoked", "one of " + all};
}

Result<void> check_attributes(const DeviceAttributes& attributes) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (attributes.size() > max_attributes) return Error{Code::invalid_argument, "the device has more than 16 attributes"};
    for (const auto& [name, value] : attributes) {
        if (name.empty() || name.size() > max_name_bytes || name.find_first_not_of(allowed) != std::string::npos)
            return Error{Code::invalid_argument, "an attribute's name is not 1 to 32 of a-z, 0-9 and '-'"};
        if (value.size() > max_value_bytes || !is_text(value))
            return Error{Code::invalid_argument, "the attribute " + name + " is not at most 256 bytes of UTF-8 without control characters"};
    }
    return {};
}

std::string to_text(const DeviceAttributes& attributes) {
    std::string text;
    for (const auto& [name, value] : attributes) text.append(name).append("=").append(value).append("\n");
    return text;
}

DeviceAttributes parse_attributes(std::string_view text) {
    DeviceAttributes attributes;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        const auto equals = std::min(line.find('='), line.size());
        attributes.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return attributes;
}

Result<void> check_one_time_password_text(std::string_view password) {
    const std::string hint = "use 8 to 32 printable characters of ASCII, without spaces";
    if (password.size() < least_one_time_bytes || password.size() > most_one_time_bytes)
        return Error{Code::invalid_argument, "the one-time password has " + std::to_string(password.size()) + " bytes", hint};
    if (!std::all_of(password.begin(), password.end(), [](char c) { return c > ' ' && c < '\x7F'; }))
        return Error{Code::invalid_argument, "the one-time password has a character that is not allowed", hint};
    return {};
}

}  // namespace muster::testbroker::registry

// SPDX-License-Identifier: Apache-2.0
// Which device ids can be enrolled from a list.
#include "bulk/device_id.hpp"

#include <algorithm>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t max_client_id = 1'024;  // As the broker has it.
constexpr std::size_t max_common_name = 64;   // RFC 5280, ub-common-name.

bool is_allowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

std::string why_no_device_id(std::string_view id) {
    if (id.empty()) return "there is no device id";
    if (id.size() > max_common_name) return "the device id has " + std::to_string(id.size()) + " bytes, and at most 64 fit into a CN";
    if (!std::all_of(id.begin(), id.end(), &is_allowed)) return "the device id has other characters than [A-Za-z0-9._-]";
    if (id == "." || id == ".." || id == manifest_name)
        return "the device id '" + std::string(id) + "' cannot be the name of a directory here";
    return {};
}

std::string why_no_client_id(std::string_view id) {
    if (id.empty()) return "there is no device id";
    if (id.size() > max_client_id) return "the device id has " + std::to_string(id.size()) + " bytes, more than 1024";
    if (id.find_first_of("+#/") != std::string_view::npos) return "the device id has a character of + # /, which no client id may have";
    if (std::any_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7F'; }))
        return "the device id has a control character";
    return {};
}

}  // namespace muster::cli::bulk

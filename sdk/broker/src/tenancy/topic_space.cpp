// SPDX-License-Identifier: Apache-2.0
// The mapping between a device's own topics and its tenant's.
#include "tenancy/topic_space.hpp"

namespace muster::testbroker::tenancy {
namespace {

std::string encode(std::string_view client_id) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : client_id) {
        const auto byte = static_cast<unsigned char>(c);
        // `$` too, where it comes first: it would hide the device from the applications' wildcards.
        const bool keep = byte >= 0x20U && byte != 0x7FU && c != '%' && c != '/' && c != '+' && c != '#' && !(c == '$' && encoded.empty());
        if (keep) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 15U];
        }
    }
    return encoded;
}

}  // namespace

TopicSpace::TopicSpace(const Principal& principal) {
    if (principal.role == Role::device && principal.isolation == Isolation::device) prefix_ = encode(principal.client_id) + "/";
}

std::optional<std::string_view> TopicSpace::to_own(std::string_view tenant_topic) const {
    if (tenant_topic.substr(0, prefix_.size()) != prefix_ || tenant_topic.size() == prefix_.size()) return std::nullopt;
    return tenant_topic.substr(prefix_.size());
}

bool is_hidden_from_wildcards(std::string_view own_topic, bool filter_begins_with_wildcard) {
    return filter_begins_with_wildcard && !own_topic.empty() && own_topic.front() == '$';
}

bool is_reserved(std::string_view tenant_topic, Isolation isolation) {
    const auto is_sys = [](std::string_view topic) { return topic.substr(0, topic.find('/')) == "$SYS"; };
    if (is_sys(tenant_topic)) return true;
    const auto slash = isolation == Isolation::device ? tenant_topic.find('/') : std::string_view::npos;
    return slash != std::string_view::npos && is_sys(tenant_topic.substr(slash + 1));
}

}  // namespace muster::testbroker::tenancy

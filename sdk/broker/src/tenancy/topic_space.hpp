// SPDX-License-Identifier: Apache-2.0
// The mapping between a device's own topics and its tenant's.
#pragma once

#include "tenancy/admission.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::tenancy {

/// A device of an isolated tenant sees `<topic>` where the tenant has `<client id>/<topic>`; applications and flat tenants see the tenant's
/// topics. The client id is percent-encoded where it has `%`, `/`, `+`, `#` or a control character, so that it is one level and no
/// wildcard. Threads: any; immutable.
class TopicSpace {
public:
    explicit TopicSpace(const Principal& principal);

    /// A topic or filter of the principal's as the tenant's.
    [[nodiscard]] std::string to_tenant(std::string_view own) const { return prefix_ + std::string(own); }
    /// Whether that is still a string of MQTT (at most 65,535 bytes), so that the tenant's applications can be sent it.
    [[nodiscard]] bool fits(std::string_view own) const { return prefix_.size() + own.size() <= 65'535; }
    /// A tenant's topic as the principal's; none if it is not in its space.
    [[nodiscard]] std::optional<std::string_view> to_own(std::string_view tenant_topic) const;

private:
    std::string prefix_;
};

/// Whether a filter that begins with a wildcard must not match this topic, both as their owner sees them (MQTT 5.0, section 4.7.2).
[[nodiscard]] bool is_hidden_from_wildcards(std::string_view own_topic, bool filter_begins_with_wildcard);

/// Whether a tenant's topic is `$SYS` or below it, as somebody of the tenant sees it: nobody may publish what looks like the broker's own
/// word.
[[nodiscard]] bool is_reserved(std::string_view tenant_topic, Isolation isolation);

}  // namespace muster::testbroker::tenancy

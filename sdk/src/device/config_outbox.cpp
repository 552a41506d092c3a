// SPDX-License-Identifier: Apache-2.0
// What waits: the group `outbox` of a configuration.
#include "device/config_groups.hpp"

namespace muster::device {

FieldReader outbox_reader(OutboxLimits& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value, {{"max_messages", number(target.max_messages)}, {"max_bytes", number(target.max_bytes)}});
    };
}

Result<void> check_outbox(const OutboxLimits& outbox) {
    for (const auto& checked :
         {in_range("outbox.max_messages", static_cast<std::int64_t>(outbox.max_messages), 1, std::int64_t{1} << 53),
          in_range("outbox.max_bytes", static_cast<std::int64_t>(outbox.max_bytes), 64 << 10, std::int64_t{1} << 40)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace muster::device

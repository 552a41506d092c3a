// SPDX-License-Identifier: Apache-2.0
// What may wait for its handler: the group `inbox` of a configuration.
#include "device/config_groups.hpp"

#include <algorithm>

namespace muster::device {

FieldReader inbox_reader(InboxConfig& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"max_messages", number(target.max_messages)},
                            {"max_bytes", number(target.max_bytes)},
                            {"acknowledge_within_ms", duration(target.acknowledge_within)},
                            {"remembered_ids", number(target.remembered_ids)},
                            {"drop_duplicates", flag(target.drop_duplicates)}});
    };
}

Result<void> check_inbox(const InboxConfig& inbox) {
    constexpr std::uint64_t most_bytes = 1ULL << 30U;
    const auto bytes = static_cast<std::int64_t>(std::min(inbox.max_bytes, most_bytes + 1));
    for (const auto& checked : {in_range("inbox.max_messages", inbox.max_messages, 1, 1'000'000),
                                in_range("inbox.max_bytes", bytes, 65'536, static_cast<std::int64_t>(most_bytes)),
                                in_range("inbox.acknowledge_within_ms", inbox.acknowledge_within.count(), 0, 60'000),
                                in_range("inbox.remembered_ids", inbox.remembered_ids, 0, 1'000'000)}) {
        if (!checked) return checked;
    }
    if (inbox.drop_duplicates && inbox.remembered_ids == 0)
        return Error{Code::invalid_argument, "inbox.drop_duplicates needs inbox.remembered_ids, which is 0", "remember some, or drop none"};
    return {};
}

}  // namespace muster::device

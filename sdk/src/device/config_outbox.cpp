// SPDX-License-Identifier: Apache-2.0
// What waits: the group `outbox` of a configuration.
#include "device/config_groups.hpp"

namespace muster::device {

namespace {

FieldReader class_reader(ClassLimits& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(
            path, value,
            {{"max_messages", number(target.max_messages)},
             {"max_bytes", number(target.max_bytes)},
             {"order",
              choice<DrainOrder>(target.order, {{"oldest_first", DrainOrder::oldest_first}, {"newest_first", DrainOrder::newest_first}},
                                 "\"oldest_first\" or \"newest_first\"")}});
    };
}

constexpr std::int64_t most_messages = std::int64_t{1} << 53;
constexpr std::int64_t most_bytes = std::int64_t{1} << 40;

Result<void> check_class(const std::string& name, const ClassLimits& limits) {
    const std::string messages = "outbox." + name + ".max_messages";
    if (auto checked = in_range(messages.c_str(), static_cast<std::int64_t>(limits.max_messages), 0, most_messages); !checked)
        return checked;
    const std::string bytes = "outbox." + name + ".max_bytes";
    return in_range(bytes.c_str(), static_cast<std::int64_t>(limits.max_bytes), 0, most_bytes);
}

}  // namespace

FieldReader outbox_reader(OutboxLimits& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"max_messages", number(target.max_messages)},
                            {"max_bytes", number(target.max_bytes)},
                            {"quarantine_after", number(target.quarantine_after)},
                            {"bulk", class_reader(target.bulk)},
                            {"normal", class_reader(target.normal)},
                            {"high", class_reader(target.high)},
                            {"alarm", class_reader(target.alarm)}});
    };
}

FieldReader message_id_reader(MessageIdPlace& target) {
    return choice<MessageIdPlace>(
        target, {{"off", MessageIdPlace::off}, {"property", MessageIdPlace::property}, {"payload", MessageIdPlace::payload}},
        "\"property\", \"payload\" or \"off\"");
}

Result<void> check_outbox(const OutboxLimits& outbox) {
    for (const auto& checked :
         {in_range("outbox.max_messages", static_cast<std::int64_t>(outbox.max_messages), 1, most_messages),
          in_range("outbox.max_bytes", static_cast<std::int64_t>(outbox.max_bytes), 64 << 10, most_bytes),
          outbox.quarantine_after == 0 ? Result<void>() : in_range("outbox.quarantine_after", outbox.quarantine_after, 2, 100),
          check_class("bulk", outbox.bulk), check_class("normal", outbox.normal), check_class("high", outbox.high),
          check_class("alarm", outbox.alarm)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace muster::device

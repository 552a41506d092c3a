// SPDX-License-Identifier: Apache-2.0
// `muster queue list`: what waits in an outbox, and what was set aside.
#include "commands/queue.hpp"
#include "output/records.hpp"
#include "output/time.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

const char* state_of(const StoredMessage& message) {
    if (message.is_expired) return "expired";
    return message.strikes > 0 ? "suspect" : "waiting";
}

Json age_of(const StoredMessage& message, std::chrono::system_clock::time_point now) {
    if (!message.accepted) return {};
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - *message.accepted).count();
    return std::max<std::int64_t>(0, age);
}

Json to_json(const StoredMessage& stored, std::chrono::system_clock::time_point now) {
    const Message& message = stored.message;
    return {{"id", stored.id},
            {"state", state_of(stored)},
            {"topic", message.topic},
            {"class", name_of(stored.priority)},
            {"qos", static_cast<int>(message.qos)},
            {"retain", message.retain},
            {"durability", name_of(stored.durability)},
            {"bytes", stored.bytes},
            {"accepted", stored.accepted ? Json(rfc3339(*stored.accepted)) : Json()},
            {"age_s", age_of(stored, now)},
            {"expires_in_s", message.expires_after ? Json(message.expires_after->count()) : Json()},
            {"message_id", message.message_id},
            {"reason", nullptr}};
}

// Little is kept of it: what it was, and why it was set aside.
Json to_json(const QuarantinedMessage& quarantined) {
    const Message& message = quarantined.message;
    return {{"id", quarantined.id},
            {"state", "quarantined"},
            {"topic", message.topic},
            {"class", nullptr},
            {"qos", static_cast<int>(message.qos)},
            {"retain", message.retain},
            {"durability", nullptr},
            {"bytes", message.topic.size() + message.payload.size()},
            {"accepted", nullptr},
            {"age_s", nullptr},
            {"expires_in_s", nullptr},
            {"message_id", nullptr},
            {"reason", quarantined.reason}};
}

}  // namespace

Exit run_queue_list(const QueueListOptions& options, Io& io) {
    if (const auto checked = check(options.selection); !checked) return io.fail(checked.error());
    auto outbox = open_whole(options.file, options.salvages);
    if (!outbox) return io.fail(outbox.error());
    auto list = Json::array();
    const auto now = std::chrono::system_clock::now();
    const auto read = read_each(*outbox, options.selection, [&](const StoredMessage& message) { list.push_back(to_json(message, now)); });
    if (!read) return io.fail(read.error());
    const auto quarantined = outbox->quarantined();
    if (!quarantined) return io.fail(quarantined.error());
    if (options.selection.is_everything()) {
        for (const auto& message : *quarantined) list.push_back(to_json(message));
    }
    return print_list(io, list,
                      {"id",
                       {{"ID", "id"},
                        {"STATE", "state"},
                        {"CLASS", "class"},
                        {"QOS", "qos"},
                        {"BYTES", "bytes"},
                        {"AGE (S)", "age_s"},
                        {"TOPIC", "topic"},
                        {"EXPIRES IN (S)", "expires_in_s", true},
                        {"DURABILITY", "durability", true},
                        {"REASON", "reason", true}}});
}

}  // namespace muster::cli

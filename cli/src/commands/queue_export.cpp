// SPDX-License-Identifier: Apache-2.0
// `muster queue export`: what waits in an outbox, with its payloads.
#include "base/base64.hpp"
#include "base/topic.hpp"
#include "commands/queue.hpp"
#include "output/records.hpp"
#include "output/time.hpp"

#include <muster/telemetry.hpp>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

void put_bytes(Json& record, const std::string& name, const std::string& bytes) {
    const bool is_text = base::is_mqtt_utf8(bytes);
    record[is_text ? name : name + "_base64"] = is_text ? bytes : base::encode_base64(bytes);
}

Json properties_of(const MessageProperties& properties) {
    Json json = Json::object();
    if (!properties.content_type.empty()) json["content_type"] = properties.content_type;
    if (!properties.response_topic.empty()) json["response_topic"] = properties.response_topic;
    if (!properties.correlation_data.empty()) put_bytes(json, "correlation_data", properties.correlation_data);
    if (properties.is_utf8) json["is_utf8"] = true;
    for (const auto& property : properties.user) json["user"].push_back({{"name", property.name}, {"value", property.value}});
    return json;
}

// None: the payload is not readings in that encoding.
Json readings_in(const std::string& payload, Encoding encoding) {
    const auto readings = decode_readings(payload, encoding);
    if (!readings) return {};
    auto json = Json::parse(encode_readings(*readings, Encoding::json), nullptr, false);
    if (json.is_discarded()) return {};
    return json.is_array() ? json : Json::array({json});
}

Json to_json(const StoredMessage& stored, const std::optional<Encoding>& encoding) {
    const Message& message = stored.message;
    Json record{{"id", stored.id},
                {"message_id", message.message_id},
                {"topic", message.topic},
                {"qos", static_cast<int>(message.qos)},
                {"retain", message.retain},
                {"class", name_of(stored.priority)},
                {"accepted", stored.accepted ? Json(rfc3339(*stored.accepted)) : Json()},
                {"expires_in_s", message.expires_after ? Json(message.expires_after->count()) : Json()}};
    if (message.properties) record["properties"] = properties_of(*message.properties);
    auto readings = encoding ? readings_in(message.payload, *encoding) : Json();
    if (readings.is_null()) {
        put_bytes(record, "payload", message.payload);
    } else {
        record["readings"] = std::move(readings);
    }
    return record;
}

View export_view() {
    return {"id",
            {{"ID", "id"},
             {"TOPIC", "topic"},
             {"QOS", "qos"},
             {"PAYLOAD", "payload"},
             {"PAYLOAD (BASE64)", "payload_base64"},
             {"READINGS", "readings"}}};
}

}  // namespace

Exit run_queue_export(const QueueExportOptions& options, Io& io) {
    if (const auto checked = check(options.selection); !checked) return io.fail(checked.error());
    RecordStream records(io, export_view());
    if (const auto checked = records.check(); !checked) return io.fail(checked.error());
    auto outbox = open_whole(options.file, options.salvages);
    if (!outbox) return io.fail(outbox.error());
    // Messages are data, for a terminal too.
    if (!io.asks_data()) io.format = Format::jsonl;
    const auto read =
        read_each(*outbox, options.selection, [&](const StoredMessage& message) { records.print(to_json(message, options.encoding)); });
    return read ? Exit::ok : io.fail(read.error());
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// Text for people, records for programs.
#include "messages/printer.hpp"

#include "base/base64.hpp"
#include "messages/format_values.hpp"
#include "messages/proto_type.hpp"

#include <cerrno>
#include <system_error>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

bool is_utf8(const std::string& text) {
    try {
        static_cast<void>(Json(text).dump());
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

void put(Json& record, const std::string& name, const std::string& bytes) {
    is_utf8(bytes) ? record[name] = bytes : record[name + "_base64"] = base::encode_base64(bytes);
}

Json to_json(const fleet::MqttProperties& properties) {
    Json record = Json::object();
    if (properties.content_type) record["content_type"] = *properties.content_type;
    if (properties.response_topic) record["response_topic"] = *properties.response_topic;
    if (properties.correlation_data) put(record, "correlation_data", *properties.correlation_data);
    if (properties.message_expiry_interval) record["message_expiry_s"] = *properties.message_expiry_interval;
    if (properties.payload_format_indicator) record["payload_format_indicator"] = *properties.payload_format_indicator;
    if (!properties.subscription_identifiers.empty()) record["subscription_identifiers"] = properties.subscription_identifiers;
    for (const auto& [name, value] : properties.user) record["user"].push_back({{"name", name}, {"value", value}});
    return record;
}

View message_view() {
    return {"topic",
            {{"TOPIC", "topic"},
             {"QOS", "qos"},
             {"RETAIN", "retain"},
             {"PAYLOAD", "payload"},
             {"PAYLOAD (BASE64)", "payload_base64"},
             {"PAYLOAD (HEX)", "payload_hex", true},
             {"READING", "reading", true},
             {"MESSAGE", "message", true},
             {"PROPERTIES", "properties", true}}};
}

Result<void> check_flags(const PrintOptions& options, const Io& io) {
    if (!options.format.empty() && io.asks_data()) return Error{Code::invalid_argument, "--format and --output exclude each other"};
    if (options.hex && options.base64) return Error{Code::invalid_argument, "--hex and --base64 exclude each other"};
    if (!options.proto.file.empty() && (options.hex || options.base64 || options.decoding != Decoding::none))
        return Error{Code::invalid_argument, "--proto prints JSON: --decode, --hex and --base64 exclude it"};
    if (!options.format.empty() && (options.hex || options.base64 || options.topic))
        return Error{Code::invalid_argument, "--format says itself what --print-topic, --hex and --base64 are for",
                     "%t is the topic, %x the payload in hexadecimal"};
    return {};
}

Io with_output(const Io& io, std::ostream& out) {
    Io other{io.in, out, io.err};
    other.quiet = io.quiet;
    other.format = io.format;
    other.columns = io.columns;
    other.has_headings = io.has_headings;
    other.width = io.width;
    other.colours_err = io.colours_err;
    other.is_verbose = io.is_verbose;
    other.log = io.log;
    return other;
}

}  // namespace

MessagePrinter::MessagePrinter(const PrintOptions& options, const Io& io, std::unique_ptr<std::ofstream> file)
    : options_(options), file_(std::move(file)), io_(file_ ? with_output(io, *file_) : io), records_(io_, message_view()) {}

Result<std::unique_ptr<MessagePrinter>> MessagePrinter::open(const PrintOptions& options, const Io& io) {
    if (auto checked = check_flags(options, io); !checked) return checked.error();
    std::optional<MessageFormat> format;
    if (!options.format.empty()) {
        auto parsed = MessageFormat::parse(options.format);
        if (!parsed) return std::move(parsed).error();
        format = std::move(*parsed);
    }
    auto type = load_type(options.proto);
    if (!type) return std::move(type).error();
    std::unique_ptr<std::ofstream> file;
    if (!options.output_file.empty()) {
        file = std::make_unique<std::ofstream>(options.output_file, std::ios::binary | std::ios::trunc);
        if (!*file)
            return Error{Code::io, "--output-file: " + options.output_file.string() + ": " + std::generic_category().message(errno)};
    }
    std::unique_ptr<MessagePrinter> printer(new MessagePrinter(options, io, std::move(file)));
    printer->format_ = std::move(format);
    printer->type_ = std::move(*type);
    if (auto checked = printer->records_.check(); !checked) return checked.error();
    return printer;
}

std::optional<Error> MessagePrinter::failure() const {
    if (!file_ || *file_) return std::nullopt;
    return Error{Code::io, options_.output_file.string() + " could not be written"};
}

std::string MessagePrinter::payload_of(const fleet::MqttMessage& message) const {
    if (options_.hex) return hexadecimal(message.payload, false);
    return options_.base64 ? base::encode_base64(message.payload) : message.payload;
}

void MessagePrinter::print_one(const fleet::MqttMessage& message, Content content) {
    if (io_.asks_data()) {
        Json record{{"topic", message.topic}, {"qos", static_cast<int>(message.qos)}, {"retain", message.retain}};
        if (content != Content::bytes)
            record[content == Content::reading ? "reading" : "message"] = Json::parse(message.payload);
        else if (options_.hex || options_.base64)
            record[options_.hex ? "payload_hex" : "payload_base64"] = payload_of(message);
        else
            put(record, "payload", message.payload);
        if (Json properties = to_json(message.properties); !properties.empty()) record["properties"] = std::move(properties);
        records_.print(record);
        return;
    }
    if (format_) {
        const auto text = format_->print(message, std::chrono::system_clock::now());
        if (!text) io_.warn(text.error().message());
        if (text) io_.out << *text;
    } else {
        if (options_.topic) io_.out << message.topic << ' ';
        io_.out << payload_of(message);
    }
    if (!options_.no_newline) io_.out << '\n';
}

Result<std::vector<std::string>> MessagePrinter::decoded(const fleet::MqttMessage& message) const {
    if (options_.decoding != Decoding::none) return decode_to_json(message.payload, options_.decoding);
    if (!type_) return std::vector<std::string>();
    auto json = type_->decode(message.payload);
    if (!json) return std::move(json).error();
    return std::vector<std::string>{std::move(*json)};
}

void MessagePrinter::print(const fleet::MqttMessage& message) {
    const auto texts = decoded(message);
    if (!texts) io_.warn(message.topic + ": not decoded: " + texts.error().message());
    if (!texts || (options_.decoding == Decoding::none && !type_)) {
        print_one(message, Content::bytes);
    } else {
        fleet::MqttMessage part = message;
        for (const auto& text : *texts) {
            part.payload = text;
            print_one(part, type_ ? Content::typed : Content::reading);
        }
    }
    io_.out.flush();
}

}  // namespace muster::cli

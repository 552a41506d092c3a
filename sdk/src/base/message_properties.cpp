// SPDX-License-Identifier: Apache-2.0
// The properties of a message as MQTT 5 encodes them.
#include "base/message_properties.hpp"

#include "base/text.hpp"
#include "base/topic.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace muster::base {
namespace {

// MQTT 5.0, section 2.2.2.2.
constexpr char payload_format_indicator = 0x01;
constexpr char content_type = 0x03;
constexpr char response_topic = 0x08;
constexpr char correlation_data = 0x09;
constexpr char user_property = 0x26;

constexpr std::size_t length_bytes = 2;
constexpr std::size_t longest_string = 65'535;

std::size_t size_of(const std::string& value) {
    return value.empty() ? 0 : 1 + length_bytes + value.size();
}

void append_string(std::string& out, std::string_view value) {
    out += static_cast<char>(value.size() >> 8U);
    out += static_cast<char>(value.size() & 0xFFU);
    out += value;
}

void append_property(std::string& out, char identifier, const std::string& value) {
    if (value.empty()) return;
    out += identifier;
    append_string(out, value);
}

/// Takes strings off the front of what is encoded. Threads: one.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_(rest) {}
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
    [[nodiscard]] bool is_good() const { return is_good_; }
    char byte() {
        const std::string_view taken = take(1);
        return taken.empty() ? '\0' : taken.front();
    }
    std::string string() {
        const std::string_view length = take(length_bytes);
        if (!is_good_) return {};
        const auto high = static_cast<unsigned char>(length[0]);
        const auto low = static_cast<unsigned char>(length[1]);
        return std::string(take((static_cast<std::size_t>(high) << 8U) | low));
    }

private:
    std::string_view take(std::size_t count) {
        is_good_ = is_good_ && rest_.size() >= count;
        if (!is_good_) return {};
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view rest_;
    bool is_good_ = true;
};

Result<void> check_string(const char* what, const std::string& value) {
    if (value.size() > longest_string)
        return Error{Code::too_large, std::string(what) + " has " + std::to_string(value.size()) + " bytes, more than 65535"};
    if (!is_mqtt_utf8(value))
        return Error{Code::invalid_argument, std::string(what) + " '" + printable(value) + "' is no UTF-8 or has NUL"};
    return {};
}

}  // namespace

std::string encode(const MessageProperties& properties) {
    std::string out;
    out.reserve(encoded_size(properties));
    if (properties.is_utf8) {
        out += payload_format_indicator;
        out += '\1';
    }
    append_property(out, content_type, properties.content_type);
    append_property(out, response_topic, properties.response_topic);
    append_property(out, correlation_data, properties.correlation_data);
    for (const auto& [name, value] : properties.user) {
        out += user_property;
        append_string(out, name);
        append_string(out, value);
    }
    return out;
}

std::size_t encoded_size(const MessageProperties& properties) {
    std::size_t size = properties.is_utf8 ? 2 : 0;
    size += size_of(properties.content_type) + size_of(properties.response_topic) + size_of(properties.correlation_data);
    for (const auto& [name, value] : properties.user) size += 1 + length_bytes + name.size() + length_bytes + value.size();
    return size;
}

std::optional<MessageProperties> decode_properties(std::string_view encoded) {
    MessageProperties properties;
    Reader reader(encoded);
    while (reader.is_good() && !reader.is_at_end()) {
        switch (reader.byte()) {
            case payload_format_indicator:
                properties.is_utf8 = reader.byte() == '\1';
                break;
            case content_type:
                properties.content_type = reader.string();
                break;
            case response_topic:
                properties.response_topic = reader.string();
                break;
            case correlation_data:
                properties.correlation_data = reader.string();
                break;
            case user_property: {
                std::string name = reader.string();
                properties.user.push_back({std::move(name), reader.string()});
                break;
            }
            default:
                return std::nullopt;
        }
    }
    // One that came twice, or in another order, was not written by us.
    if (!reader.is_good() || encode(properties) != encoded) return std::nullopt;
    return properties;
}

Result<void> check_properties(const MessageProperties& properties) {
    if (auto checked = check_string("the content type", properties.content_type); !checked) return checked;
    if (!properties.response_topic.empty()) {
        if (auto checked = check_topic(properties.response_topic); !checked) return std::move(checked).error().in("response topic");
    }
    if (properties.correlation_data.size() > longest_string)
        return Error{Code::too_large,
                     "the correlation data has " + std::to_string(properties.correlation_data.size()) + " bytes, more than 65535"};
    for (const auto& [name, value] : properties.user) {
        if (auto checked = check_string("the name of a user property", name); !checked) return checked;
        if (auto checked = check_string("the value of a user property", value); !checked) return checked;
    }
    const std::size_t size = encoded_size(properties);
    if (size <= most_property_bytes) return {};
    return Error{Code::too_large,
                 "the properties take " + std::to_string(size) + " bytes, more than " + std::to_string(most_property_bytes)};
}

Result<void> check_message(std::string_view topic, std::string_view payload) {
    if (auto checked = check_topic(topic); !checked) return checked;
    if (payload.size() <= largest_payload) return {};
    return Error{Code::too_large, "the payload has " + std::to_string(payload.size()) + " bytes, more than MQTT can carry"};
}

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// What is bound and read column by column.
#include "state/message_row.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace muster::testbroker::state {
namespace {

using std::chrono::milliseconds;
using storage::Statement;

void bind_text(Statement& statement, const std::optional<std::string>& text) {
    text ? statement.bind(std::string_view(*text)) : statement.bind_null();
}

std::optional<std::string> read_text(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.bytes(column));
}

constexpr unsigned bits_of_byte = 8;
constexpr std::size_t bytes_of_number = 4;

void append_number(std::string& bytes, std::size_t number) {
    for (std::size_t i = 0; i < bytes_of_number; ++i) bytes.push_back(static_cast<char>((number >> (bits_of_byte * i)) & 0xFFU));
}

// Zero beyond the end, which a row that this program wrote does not have.
std::uint32_t take_number(std::string_view& bytes) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < bytes_of_number && i < bytes.size(); ++i)
        number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (bits_of_byte * i);
    bytes.remove_prefix(std::min(bytes_of_number, bytes.size()));
    return number;
}

std::string take_string(std::string_view& bytes) {
    const std::size_t size = std::min<std::size_t>(take_number(bytes), bytes.size());
    std::string text(bytes.substr(0, size));
    bytes.remove_prefix(size);
    return text;
}

}  // namespace

// A time as far away as can be stays so.
std::int64_t Moment::to_stored(base::SteadyTime time) const {
    const auto from_now = std::chrono::duration_cast<milliseconds>(time - steady);
    return std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()).count() + from_now.count();
}

base::SteadyTime Moment::from_stored(std::int64_t stored) const {
    return steady + (milliseconds(stored) - std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()));
}

void bind(Statement& statement, std::optional<std::int64_t> value) {
    value ? statement.bind(*value) : statement.bind_null();
}

std::optional<std::int64_t> read_integer(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

void bind_message(Statement& statement, const core::StoredMessage& message, const Moment& moment) {
    statement.bind(std::string_view(message.topic)).bind_blob(message.payload);
    statement.bind(static_cast<std::int64_t>(message.qos)).bind(message.retain ? 1 : 0);
    bind(statement, message.expires ? std::optional(moment.to_stored(*message.expires)) : std::nullopt);
    bind(statement, message.payload_format_indicator ? std::optional<std::int64_t>(*message.payload_format_indicator) : std::nullopt);
    bind_text(statement, message.content_type);
    bind_text(statement, message.response_topic);
    message.correlation_data ? statement.bind_blob(*message.correlation_data) : statement.bind_null();
    std::string properties;
    for (const auto& [name, value] : message.user_properties) {
        for (const std::string& text : {name, value}) {
            append_number(properties, text.size());
            properties += text;
        }
    }
    properties.empty() ? statement.bind_null() : statement.bind_blob(properties);
}

core::StoredMessage read_message(const Statement& row, int first, const Moment& moment) {
    int column = first;
    core::StoredMessage message;
    message.topic = row.bytes(column++);
    message.payload = row.bytes(column++);
    message.qos = static_cast<Qos>(row.integer(column++));
    message.retain = row.integer(column++) != 0;
    if (const auto expires = read_integer(row, column++)) message.expires = moment.from_stored(*expires);
    if (const auto format = read_integer(row, column++)) message.payload_format_indicator = static_cast<std::uint8_t>(*format);
    message.content_type = read_text(row, column++);
    message.response_topic = read_text(row, column++);
    message.correlation_data = read_text(row, column++);
    const std::string properties = row.bytes(column);
    for (std::string_view rest = properties; !rest.empty();) {
        std::string name = take_string(rest);
        message.user_properties.emplace_back(std::move(name), take_string(rest));
    }
    return message;
}

void bind_identifiers(Statement& statement, const std::vector<std::uint32_t>& identifiers) {
    std::string bytes;
    for (const std::uint32_t identifier : identifiers) append_number(bytes, identifier);
    bytes.empty() ? statement.bind_null() : statement.bind_blob(bytes);
}

std::vector<std::uint32_t> read_identifiers(const Statement& row, int column) {
    std::vector<std::uint32_t> identifiers;
    const std::string bytes = row.bytes(column);
    for (std::string_view rest = bytes; !rest.empty();) identifiers.push_back(take_number(rest));
    return identifiers;
}

}  // namespace muster::testbroker::state

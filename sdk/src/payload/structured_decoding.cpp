// SPDX-License-Identifier: Apache-2.0
// Readings out of JSON or CBOR.
#include "payload/structured_decoding.hpp"

#include "base/text.hpp"
#include "payload/values.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace muster::payload {
namespace {

using Json = nlohmann::json;

/// What the parser calls for each thing it sees; false ends the parsing.
///
///     outside --> [array] --> reading --> [array] or the end
///
/// Threads: one.
class ReadingBuilder {
public:
    using number_integer_t = Json::number_integer_t;
    using number_unsigned_t = Json::number_unsigned_t;
    using number_float_t = Json::number_float_t;
    using string_t = Json::string_t;
    using binary_t = Json::binary_t;

    bool null() { return value(std::numeric_limits<double>::quiet_NaN()); }
    bool boolean(bool is_true) {
        if (!in_reading_ || key_ != "partial") return wrong("a truth value");
        readings_.back().is_partial = is_true;
        return true;
    }
    bool number_integer(number_integer_t number) {
        if (key_ == "t") return time(number);
        if (key_ == "seq") return wrong("negative");
        return value(static_cast<double>(number));
    }
    bool number_unsigned(number_unsigned_t number) {
        if (key_ == "seq") return sequence(number);
        if (key_ != "t") return value(static_cast<double>(number));
        return number > std::numeric_limits<std::int64_t>::max() ? wrong("no time") : time(static_cast<std::int64_t>(number));
    }
    bool number_float(number_float_t number, const string_t& /*text*/) { return value(number); }
    bool string(const string_t& text) {
        if (!in_reading_ || key_ != message_id_name || readings_.size() != 1) return wrong("a string");
        message_id_ = text;
        return true;
    }
    bool binary(const binary_t& /*bytes*/) { return wrong("a byte string"); }

    bool start_object(std::size_t /*count*/) {
        if (in_reading_) return wrong("an object");
        if (readings_.size() == max_readings) return fail({Code::too_large, "more than 65,536 readings"});
        in_reading_ = true;
        has_time_ = false;
        key_.clear();
        readings_.emplace_back();
        return true;
    }
    bool key(string_t& name) {
        bytes_ += name.size() + sizeof(std::pair<std::string, double>);
        if (bytes_ > max_decoded_bytes) return fail({Code::too_large, "values and names of more than 64 MiB"});
        key_ = std::move(name);
        return true;
    }
    bool end_object() {
        in_reading_ = false;
        return has_time_ || fail({Code::invalid_argument, where() + "has no time 't'"});
    }
    bool start_array(std::size_t /*count*/) {
        if (in_reading_) return wrong("an array");
        if (in_array_ || !readings_.empty()) return fail({Code::invalid_argument, "an array inside the array of readings"});
        in_array_ = true;
        return true;
    }
    bool end_array() { return true; }
    bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& /*error*/) {
        return fail({Code::invalid_argument, "the payload ends too early or is damaged at byte " + std::to_string(position)});
    }

    Result<ReadingMessage> take(bool complete) {
        if (error_) return *std::move(error_);
        if (!complete) return Error{Code::invalid_argument, "the payload is damaged"};
        return ReadingMessage{std::move(message_id_), std::move(readings_)};
    }

private:
    [[nodiscard]] std::string where() const { return "reading " + std::to_string(readings_.size()) + ": "; }
    bool fail(Error error) {
        if (!error_) error_ = std::move(error);
        return false;
    }
    bool wrong(const char* what) {
        if (!in_reading_) return fail({Code::invalid_argument, std::string(what) + " where a reading should be"});
        return fail({Code::invalid_argument, where() + "'" + base::printable(key_) + "' is " + what});
    }
    bool value(double number) {
        if (!in_reading_) return wrong("a number");
        if (key_ == "t" || key_ == "seq") return wrong("no whole number");
        if (key_ == "partial") return wrong("no truth value");
        if (key_ == message_id_name) return wrong("no text");
        readings_.back().values.emplace_back(key_, number);
        return true;
    }
    bool time(std::int64_t milliseconds) {
        if (!is_time(milliseconds)) return wrong("no time");
        readings_.back().time = time_of(milliseconds);
        has_time_ = true;
        return true;
    }
    bool sequence(std::uint64_t number) {
        readings_.back().sequence = number;
        return true;
    }

    std::string message_id_;
    std::vector<Reading> readings_;
    std::optional<Error> error_;
    std::string key_;
    std::size_t bytes_ = 0;
    bool in_array_ = false;
    bool in_reading_ = false;
    bool has_time_ = false;
};

Result<ReadingMessage> decode(std::string_view payload, Json::input_format_t format) {
    ReadingBuilder builder;
    const bool complete = Json::sax_parse(payload.begin(), payload.end(), &builder, format);
    return builder.take(complete);
}

}  // namespace

Result<ReadingMessage> decode_json(std::string_view payload) {
    return decode(payload, Json::input_format_t::json);
}

Result<ReadingMessage> decode_cbor(std::string_view payload) {
    return decode(payload, Json::input_format_t::cbor);
}

}  // namespace muster::payload

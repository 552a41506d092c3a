// SPDX-License-Identifier: Apache-2.0
// Protobuf of one reading, read where it lies.
#include "payload/single_reading.hpp"

#include "payload/telemetry_tags.hpp"
#include "payload/values.hpp"

#include <algorithm>
#include <cstring>

namespace muster::payload {
namespace {

/// What is left of a message. Once something is not there, nothing is.
class Rest {
public:
    explicit Rest(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] bool is_good() const { return is_good_; }
    [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
    /// Whether this field comes next; then it is passed.
    bool has(Tag tag) {
        if (bytes_.empty() || bytes_.front() != tag) return false;
        bytes_.remove_prefix(1);
        return true;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80U) return value;
        }
        return bad();
    }
    std::string_view bytes(std::uint64_t count) {
        if (count > bytes_.size()) bad();
        const auto taken = bytes_.substr(0, std::min<std::uint64_t>(count, bytes_.size()));
        bytes_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::uint64_t bad() {
        is_good_ = false;
        bytes_ = {};
        return 0;
    }

    std::string_view bytes_;
    bool is_good_ = true;
};

bool is_usual(std::string_view name) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80U; };
    return !is_own_name(name) && std::all_of(name.begin(), name.end(), is_ascii);
}

double read_double(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < sizeof(bits); ++i) bits |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    double value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
}

bool read_value(std::string_view column, SingleReading::Value& value) {
    Rest rest(column);
    if (!rest.has(column_name)) return false;
    value.name = rest.bytes(rest.varint());
    if (!rest.is_good() || !is_usual(value.name)) return false;
    if (rest.has(column_doubles)) {
        if (rest.varint() != sizeof(double)) return false;
        const auto bytes = rest.bytes(sizeof(double));
        if (!rest.is_good()) return false;
        value.value = read_double(bytes);
        return rest.is_empty();
    }
    if (!rest.has(column_integer_deltas)) return false;
    Rest integer(rest.bytes(rest.varint()));
    value.value = static_cast<double>(from_zigzag(integer.varint()));
    return rest.is_good() && rest.is_empty() && integer.is_good() && integer.is_empty();
}

}  // namespace

std::optional<SingleReading> read_single(std::string_view protobuf) {
    Rest rest(protobuf);
    std::optional<SingleReading> reading(std::in_place);
    if (!rest.has(batch_readings) || rest.varint() != 1) return {};
    if (rest.has(batch_first_time)) reading->time = from_zigzag(rest.varint());
    if (rest.has(batch_first_sequence)) reading->sequence = rest.varint();
    while (rest.has(batch_column)) {
        if (reading->count == SingleReading::most_values) return {};
        auto& value = reading->values[reading->count];
        if (!read_value(rest.bytes(rest.varint()), value)) return {};
        for (const auto& other : *reading) {
            if (other.name == value.name) return {};
        }
        ++reading->count;
    }
    if (rest.has(batch_partial_runs)) {
        if (rest.bytes(one_partial_run.size()) != one_partial_run) return {};
        reading->is_partial = true;
    }
    if (!rest.is_good() || !rest.is_empty() || !is_time(reading->time)) return {};
    return reading;
}

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// Readings by column.
#include "payload/protobuf_encoding.hpp"

#include "base/text.hpp"
#include "payload/column_batch.hpp"
#include "payload/values.hpp"
#include "telemetry.pb.h"

#include <google/protobuf/stubs/logging.h>

#include <cmath>
#include <cstdint>
#include <utility>

namespace muster::payload {
namespace {

using telemetry::v1::Batch;

Error wrong(const std::string& what) {
    return {Code::invalid_argument, "the batch is damaged: " + what};
}

Result<std::vector<Reading>> read_times(const Batch& batch) {
    const std::size_t count = batch.readings();
    if (count > max_readings) return Error{Code::too_large, "more than 65,536 readings"};
    const std::size_t deltas = count == 0 ? 0 : count - 1;
    if (static_cast<std::size_t>(batch.time_deltas_ms_size()) != deltas || static_cast<std::size_t>(batch.sequence_deltas_size()) != deltas)
        return wrong("the number of times or sequences is not that of the readings");
    std::vector<Reading> readings(count);
    // Unsigned, because a hostile delta may take it anywhere.
    auto time = static_cast<std::uint64_t>(batch.first_time_ms());
    std::uint64_t sequence = batch.first_sequence();
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            time += static_cast<std::uint64_t>(batch.time_deltas_ms(static_cast<int>(i) - 1));
            sequence += static_cast<std::uint64_t>(batch.sequence_deltas(static_cast<int>(i) - 1));
        }
        const auto milliseconds = static_cast<std::int64_t>(time);
        if (!is_time(milliseconds)) return wrong("the time of reading " + std::to_string(i + 1) + " is none");
        readings[i].time = time_of(milliseconds);
        readings[i].sequence = sequence;
    }
    return readings;
}

Result<void> read_partial_runs(const Batch& batch, std::vector<Reading>& readings) {
    if (batch.partial_runs_size() == 0) return {};
    bool is_partial = false;
    auto next = readings.begin();
    for (const std::uint32_t run : batch.partial_runs()) {
        if (run > static_cast<std::size_t>(readings.end() - next)) return wrong("more readings are whole or partial than there are");
        for (const auto end = next + run; next != end; ++next) next->is_partial = is_partial;
        is_partial = !is_partial;
    }
    if (next != readings.end()) return wrong("not every reading is whole or partial");
    return {};
}

Result<void> read_column(const telemetry::v1::Column& column, std::vector<Reading>& readings, std::size_t& bytes) {
    const std::string name = "column '" + base::printable(column.name()) + "'";
    if (column.doubles_size() != 0 && column.integer_deltas_size() != 0) return wrong(name + " has both doubles and integers");
    const bool whole = column.integer_deltas_size() != 0;
    const int values = whole ? column.integer_deltas_size() : column.doubles_size();
    const bool everywhere = column.row_deltas_size() == 0;
    const std::size_t rows = everywhere ? readings.size() : static_cast<std::size_t>(column.row_deltas_size());
    if (static_cast<std::size_t>(values) != rows) return wrong(name + " has not one value for each of its readings");
    bytes += rows * (column.name().size() + sizeof(std::pair<std::string, double>));
    if (bytes > max_decoded_bytes) return Error{Code::too_large, "values and names of more than 64 MiB"};
    std::uint64_t row = 0;
    std::uint64_t number = 0;
    for (int i = 0; i < values; ++i) {
        row = everywhere ? static_cast<std::uint64_t>(i) : row + column.row_deltas(i);
        if (row >= readings.size()) return wrong(name + " names a reading that is not there");
        if (whole) number += static_cast<std::uint64_t>(column.integer_deltas(i));
        const double value = whole ? static_cast<double>(static_cast<std::int64_t>(number)) : column.doubles(i);
        readings[row].values.emplace_back(column.name(), value);
    }
    return {};
}

}  // namespace

bool is_whole(double value) {
    constexpr double two_to_53 = 9'007'199'254'740'992.0;
    return std::trunc(value) == value && std::abs(value) < two_to_53 && !(value == 0 && std::signbit(value));
}

std::string encode_protobuf(const std::vector<Reading>& readings) {
    ColumnBatch batch;
    for (const auto& reading : readings) batch.add(reading);
    return batch.take();
}

Result<ReadingMessage> decode_protobuf(std::string_view payload) {
    Batch batch;
    // Whoever sends a damaged name must not write into our program's stderr.
    const google::protobuf::LogSilencer silent;
    if (!batch.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
        return Error{Code::invalid_argument, "the payload is no batch of muster.telemetry.v1"};
    auto readings = read_times(batch);
    if (!readings) return std::move(readings).error();
    if (auto read = read_partial_runs(batch, *readings); !read) return std::move(read).error();
    std::size_t bytes = readings->size() * sizeof(Reading);
    for (const auto& column : batch.columns()) {
        if (auto read = read_column(column, *readings, bytes); !read) return std::move(read).error();
    }
    return ReadingMessage{batch.message_id(), std::move(*readings)};
}

}  // namespace muster::payload

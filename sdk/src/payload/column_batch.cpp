// SPDX-License-Identifier: Apache-2.0
// Readings turned into columns as they come.
#include "payload/column_batch.hpp"

#include "payload/protobuf_encoding.hpp"
#include "payload/values.hpp"
#include "telemetry.pb.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace muster::payload {
namespace {

using telemetry::v1::Batch;

void fill(const std::vector<double>& values, telemetry::v1::Column& to) {
    const auto count = static_cast<int>(values.size());
    if (!std::all_of(values.begin(), values.end(), is_whole)) {
        to.mutable_doubles()->Reserve(count);
        for (const double value : values) to.add_doubles(value);
        return;
    }
    to.mutable_integer_deltas()->Reserve(count);
    std::int64_t last = 0;
    for (const double value : values) {
        const auto number = static_cast<std::int64_t>(value);
        to.add_integer_deltas(number - last);
        last = number;
    }
}

void fill_rows(const std::vector<std::uint32_t>& rows, telemetry::v1::Column& to) {
    std::uint32_t last = 0;
    for (const auto row : rows) to.add_row_deltas(row - std::exchange(last, row));
}

void fill_times(const std::vector<std::int64_t>& times, const std::vector<std::uint64_t>& sequences, Batch& batch) {
    const auto deltas = static_cast<int>(times.size()) - 1;
    batch.set_first_time_ms(times.front());
    batch.set_first_sequence(sequences.front());
    batch.mutable_time_deltas_ms()->Reserve(deltas);
    batch.mutable_sequence_deltas()->Reserve(deltas);
    for (std::size_t i = 1; i < times.size(); ++i) {
        batch.add_time_deltas_ms(times[i] - times[i - 1]);
        batch.add_sequence_deltas(static_cast<std::int64_t>(sequences[i] - sequences[i - 1]));
    }
}

void fill_partial_runs(const std::vector<bool>& partial, Batch& batch) {
    bool is_partial = false;
    std::uint32_t run = 0;
    for (const bool one : partial) {
        if (one != is_partial) {
            batch.add_partial_runs(std::exchange(run, 0));
            is_partial = one;
        }
        ++run;
    }
    if (batch.partial_runs_size() != 0) batch.add_partial_runs(run);
}

}  // namespace

void ColumnBatch::add(const Reading& reading) {
    begin_row(milliseconds_of(reading), reading.sequence, reading.is_partial);
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (is_encoded(reading, i)) put(reading.values[i].first, reading.values[i].second);
    }
}

void ColumnBatch::add(const SingleReading& reading) {
    begin_row(reading.time, reading.sequence, reading.is_partial);
    for (const auto& [name, value] : reading) put(name, value);
}

void ColumnBatch::begin_row(std::int64_t time, std::uint64_t sequence, bool is_partial) {
    times_.push_back(time);
    sequences_.push_back(sequence);
    partial_.push_back(is_partial);
    expected_ = 0;
}

void ColumnBatch::put(std::string_view name, double value) {
    const auto row = static_cast<std::uint32_t>(times_.size() - 1);
    Column& to = column(name);
    if (to.rows.empty() && to.values.size() != row) {
        to.rows.resize(to.values.size());
        std::iota(to.rows.begin(), to.rows.end(), 0);
    }
    const bool is_everywhere = to.values.size() == row;
    to.values.push_back(value);
    if (!is_everywhere) to.rows.push_back(row);
}

ColumnBatch::Column& ColumnBatch::column(std::string_view name) {
    if (expected_ < columns_.size() && columns_[expected_].name == name) return columns_[expected_++];
    const auto found = places_.find(name);
    const std::size_t place = found != places_.end() ? found->second : columns_.size();
    if (found == places_.end()) {
        places_.emplace(name, place);
        columns_.push_back({std::string(name), {}, {}});
    }
    expected_ = place + 1;
    return columns_[place];
}

std::string ColumnBatch::take() {
    const ColumnBatch taken = std::exchange(*this, {});
    if (taken.times_.empty()) return {};
    Batch batch;
    batch.set_readings(static_cast<std::uint32_t>(taken.times_.size()));
    fill_times(taken.times_, taken.sequences_, batch);
    fill_partial_runs(taken.partial_, batch);
    for (const auto& column : taken.columns_) {
        auto& to = *batch.add_columns();
        to.set_name(utf8_name(column.name));
        if (column.values.size() != taken.times_.size()) {
            std::vector<std::uint32_t> rows = column.rows;
            // It was in every reading until now, and is in none of the last.
            if (rows.empty()) {
                rows.resize(column.values.size());
                std::iota(rows.begin(), rows.end(), 0);
            }
            fill_rows(rows, to);
        }
        fill(column.values, to);
    }
    return batch.SerializeAsString();
}

}  // namespace muster::payload

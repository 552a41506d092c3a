// SPDX-License-Identifier: Apache-2.0
// Readings turned into columns as they come.
#pragma once

#include "payload/single_reading.hpp"

#include <muster/reading.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace muster::payload {

/// Threads: one at a time.
class ColumnBatch {
public:
    void add(const Reading& reading);
    void add(const SingleReading& reading);
    /// As a Batch of telemetry.proto, in the order they were added; nothing of none. Begins anew.
    [[nodiscard]] std::string take();

private:
    /// The values of one name, each with its reading's place in the batch.
    struct Column {
        std::string name;
        std::vector<std::uint32_t> rows;  // None while every reading had it.
        std::vector<double> values;
    };

    void begin_row(std::int64_t time, std::uint64_t sequence, bool is_partial);
    void put(std::string_view name, double value);
    Column& column(std::string_view name);

    std::vector<std::int64_t> times_;  // Milliseconds since 1970.
    std::vector<std::uint64_t> sequences_;
    std::vector<bool> partial_;
    std::vector<Column> columns_;                             // In the order in which the names first appear.
    std::map<std::string, std::size_t, std::less<>> places_;  // By name.
    std::size_t expected_ = 0;                                // A reading has most often the names of the one before, in their order.
};

}  // namespace muster::payload

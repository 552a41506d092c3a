// SPDX-License-Identifier: Apache-2.0
// Payloads of one reading each put together to one payload.
#pragma once

#include "payload/column_batch.hpp"

#include <muster/telemetry_policy.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::payload {

/// Maps of JSON and CBOR are put together as they are; of Protobuf columns are made. Threads: one.
class ReadingJoiner {
public:
    explicit ReadingJoiner(Encoding encoding) : encoding_(encoding) {}

    /// False, and nothing changed, if the payload is not one reading by itself in this encoding, uncompressed.
    bool add(std::string_view payload);
    [[nodiscard]] std::size_t readings() const { return readings_; }
    /// Of the payloads that were added.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// One payload of all, in the order they were added, and begins anew. Requires: there is one.
    [[nodiscard]] std::string take();

private:
    bool add_columns(std::string_view payload);

    Encoding encoding_;
    std::size_t readings_ = 0;
    std::size_t bytes_ = 0;
    std::string text_;     // JSON and CBOR.
    ColumnBatch columns_;  // Protobuf.
};

}  // namespace muster::payload

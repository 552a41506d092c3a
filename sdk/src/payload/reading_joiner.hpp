// SPDX-License-Identifier: Apache-2.0
// Payloads of one reading each put together to one payload.
#pragma once

#include <muster/reading.hpp>
#include <muster/telemetry_policy.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::payload {

/// Maps of JSON and CBOR are put together as they are; columns are made of what was decoded. Threads: one.
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
    Encoding encoding_;
    std::size_t readings_ = 0;
    std::size_t bytes_ = 0;
    std::string text_;              // JSON and CBOR.
    std::vector<Reading> decoded_;  // Protobuf.
};

}  // namespace muster::payload

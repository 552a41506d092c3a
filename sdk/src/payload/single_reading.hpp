// SPDX-License-Identifier: Apache-2.0
// Protobuf of one reading, as EncodedReading writes it, read where it lies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::payload {

/// One reading of a payload that is somebody else's.
struct SingleReading {
    struct Value {
        std::string_view name;
        double value = 0;
    };
    static constexpr std::size_t most_values = 8;

    std::int64_t time = 0;  ///< Milliseconds since 1970.
    std::uint64_t sequence = 0;
    bool is_partial = false;
    std::size_t count = 0;
    std::array<Value, most_values> values{};

    [[nodiscard]] const Value* begin() const { return values.data(); }
    [[nodiscard]] const Value* end() const { return values.data() + count; }
};

/// None of anything but what EncodedReading writes of a reading with few values, named in ASCII, each name once: it may be a reading all
/// the same, for `decode_protobuf`.
[[nodiscard]] std::optional<SingleReading> read_single(std::string_view protobuf);

}  // namespace muster::payload

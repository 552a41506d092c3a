// SPDX-License-Identifier: Apache-2.0
// The payload of one reading, made without a heap allocation where that can be.
#pragma once

#include <muster/reading.hpp>
#include <muster/telemetry_policy.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace muster::payload {

/// As `encode_readings` of this one makes it. Threads: one.
class EncodedReading {
public:
    EncodedReading(const Reading& reading, Encoding encoding);
    EncodedReading(const EncodedReading&) = delete;
    EncodedReading& operator=(const EncodedReading&) = delete;
    ~EncodedReading() = default;
    [[nodiscard]] std::string_view payload() const { return payload_; }

private:
    static constexpr std::size_t most_bytes = 512;
    void encode_column(std::string_view name, double value);
    void put(char byte) { small_[size_++] = byte; }
    void put(std::string_view bytes);
    void put_varint(std::uint64_t value);

    std::array<char, most_bytes> small_;  // NOLINT(cppcoreguidelines-pro-type-member-init): what is read of it was written.
    std::size_t size_ = 0;
    std::string large_;  // What does not fit, or is not ours to write.
    std::string_view payload_;
};

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// Readings as the payload of a message, and back: one reading or a batch of them, in one of three encodings, compressed or not.
#pragma once

#include <muster/reading.hpp>
#include <muster/result.hpp>
#include <muster/telemetry_policy.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// Of several values of one name in a reading the last stays; `t`, `seq`, `partial` and `message_id` are the reading's own, a value of such
/// a name is left out; what is not UTF-8 in a name becomes U+FFFD. A value that is not finite is null in JSON and itself in the other two.
/// Threads: any.
[[nodiscard]] std::string encode_readings(const std::vector<Reading>& readings, Encoding encoding,
                                          Compression compression = Compression::none);

/// What `encode_readings` made, compressed or not, also by another version of it; null becomes a NaN. The payload may come from anybody: it
/// fails with Code::invalid_argument, saying which reading and what is wrong with it, or Code::too_large (more than 64 MiB once
/// decompressed, more than 65,536 readings, or values and names of more than 64 MiB). Threads: any.
Result<std::vector<Reading>> decode_readings(std::string_view payload, Encoding encoding);

/// What a message says.
struct ReadingMessage {
    std::string message_id;  ///< Of a sender that puts it into the payload (MessageIdPlace::payload), for DuplicateFilter; otherwise empty.
    std::vector<Reading> readings;
};

/// As `decode_readings`, with the message's id. Threads: any.
Result<ReadingMessage> decode_message(std::string_view payload, Encoding encoding);

/// Fills in what partial readings leave out, on the receiving side: each gets the values that it does not have from the readings of its
/// topic before it.
/// Threads: one at a time.
class ReadingCompleter {
public:
    /// So many topics are kept in mind, each with up to 1 MiB of names and values; beyond that the one that was quiet the longest is
    /// forgotten.
    explicit ReadingCompleter(std::size_t max_topics = 65'536);
    ~ReadingCompleter();
    ReadingCompleter(ReadingCompleter&& other) noexcept;
    ReadingCompleter& operator=(ReadingCompleter&& other) noexcept;

    /// The reading, whole. It stays partial if it cannot be completed: no full one came before it, or it is not newer than the last one by
    /// its sequence, as a message is that comes twice. A full one begins its topic anew. Give it the readings in the order they came.
    [[nodiscard]] Reading complete(std::string_view topic, Reading reading);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster

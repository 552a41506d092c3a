// SPDX-License-Identifier: Apache-2.0
// Message ids, made of what is stored anyway.
#include "outbox/message_id.hpp"

#include "store/crc32c.hpp"

#include <algorithm>

namespace muster::outbox {
namespace {

constexpr unsigned hash_bits = 42;
constexpr unsigned low_number_bits = 20;  // The others of 32 stand before the variant.
constexpr std::uint64_t hash_mask = (std::uint64_t{1} << hash_bits) - 1;
constexpr std::uint64_t version_7 = 0x7000;
constexpr std::uint64_t variant = 0x8000'0000'0000'0000;
constexpr std::int64_t last_time = (std::int64_t{1} << 48U) - 1;

// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of both comes to count in every bit of the result.
std::uint64_t mixed(std::uint64_t before, std::uint64_t value) {
    std::uint64_t hash = before + 0x9E37'79B9'7F4A'7C15 + value;
    hash = (hash ^ hash >> 30U) * 0xBF58'476D'1CE4'E5B9;
    hash = (hash ^ hash >> 27U) * 0x94D0'49BB'1331'11EB;
    return hash ^ hash >> 31U;
}

}  // namespace

base::Uuid message_id_of(const store::Record& record, const base::Uuid& store_name) {
    const auto time = static_cast<std::uint64_t>(std::clamp<std::int64_t>(record.accepted_at, 0, last_time));
    const std::uint64_t says = store::crc32c(store::crc32c(0, record.message.topic), record.message.payload);
    const std::uint64_t hash = mixed(mixed(mixed(mixed(0, store_name.high), store_name.low), record.id), says);
    const std::uint64_t low_number = record.id & ((std::uint64_t{1} << low_number_bits) - 1);
    return {time << 16U | version_7 | (record.id >> low_number_bits & 0xFFFU), variant | low_number << hash_bits | (hash & hash_mask)};
}

base::Uuid message_id_with(const base::Uuid& message, const base::Uuid& next) {
    const std::uint64_t hash = mixed(mixed(message.low, next.high), next.low);
    return {message.high, (message.low & ~hash_mask) | (hash & hash_mask)};
}

}  // namespace muster::outbox

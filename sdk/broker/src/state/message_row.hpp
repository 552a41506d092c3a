// SPDX-License-Identifier: Apache-2.0
// A message as ten columns of a row, and times as milliseconds since 1970.
#pragma once

#include "base/clock.hpp"
#include "core/stored_message.hpp"
#include "storage/sqlite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::state {

/// The two clocks at one moment: the steady one does not outlive the machine's run.
struct Moment {
    explicit Moment(const base::Clock& clock) : steady(clock.now()), wall(clock.wall_now()) {}

    [[nodiscard]] std::int64_t to_stored(base::SteadyTime time) const;
    [[nodiscard]] base::SteadyTime from_stored(std::int64_t milliseconds) const;

    base::SteadyTime steady;
    base::WallTime wall;
};

/// Topic, payload, qos, retain, expires_at, payload_format, content_type, response_topic, correlation_data, user_properties.
inline constexpr int message_columns = 10;

void bind_message(storage::Statement& statement, const core::StoredMessage& message, const Moment& moment);
/// Its columns begin at `first`.
[[nodiscard]] core::StoredMessage read_message(const storage::Statement& row, int first, const Moment& moment);

/// Null for none; four bytes each, the least significant first.
void bind_identifiers(storage::Statement& statement, const std::vector<std::uint32_t>& identifiers);
[[nodiscard]] std::vector<std::uint32_t> read_identifiers(const storage::Statement& row, int column);

void bind(storage::Statement& statement, std::optional<std::int64_t> value);
[[nodiscard]] std::optional<std::int64_t> read_integer(const storage::Statement& row, int column);

}  // namespace muster::testbroker::state

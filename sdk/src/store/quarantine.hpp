// SPDX-License-Identifier: Apache-2.0
// The tables beside the records': who is under suspicion, and who is set aside (docs/reference/outbox-format.md).
#pragma once

#include "store/record_store.hpp"
#include "store/sqlite_handle.hpp"

#include <string>
#include <vector>

namespace muster::store {

/// Copies a record there, and drops what no longer fits. False if the database refuses.
[[nodiscard]] bool copy_to_quarantine(sqlite3& database, RecordId id, const std::string& reason);
/// Lowest id first; damaged ones are left out. Empty if the database refuses.
[[nodiscard]] std::vector<Quarantined> load_quarantined(sqlite3& database);

[[nodiscard]] bool write_suspects(sqlite3& database, const std::vector<Suspect>& suspects);
/// Those that still wait; none if the database refuses: then the counting begins again.
[[nodiscard]] std::vector<Suspect> load_suspects(sqlite3& database);

}  // namespace muster::store

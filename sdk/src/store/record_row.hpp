// SPDX-License-Identifier: Apache-2.0
// A record and the accounts as rows of the file, each with its checksum (docs/reference/outbox-format.md).
#pragma once

#include "store/record_store.hpp"
#include "store/sqlite_handle.hpp"

#include <cstdint>
#include <optional>

namespace muster::store {

/// The columns in the order of `write_record` and `read_record`.
inline constexpr const char* insert_record_sql =
    "INSERT INTO record(id,flags,topic,payload,crc,class,accepted,expires,key,properties) VALUES(?,?,?,?,?,?,?,?,?,?)";
inline constexpr const char* record_columns = "id,flags,topic,payload,crc,class,accepted,expires,key,properties";

/// Binds the record to `insert_record_sql` and runs it; false if the database refuses.
[[nodiscard]] bool write_record(Statement& insert, const NewRecord& record);
[[nodiscard]] inline bool write_record(Statement& insert, const Record& record) {
    return write_record(insert, as_new(record));
}

/// The record in a row of `record_columns`; none if a type, a value or the checksum is not as it was written.
[[nodiscard]] std::optional<Record> read_record(const Statement::Use& row);

/// Names one outbox among all, for ever.
struct OutboxId {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
};

/// The totals that outlive the records; `waiting` is no part of it, it is counted.
struct AccountRow {
    RecordId last_id = 0;
    Accounts accounts;
    OutboxId outbox;
    TimeMark time;
};

inline constexpr const char* write_account_sql =
    "INSERT OR REPLACE INTO account(one,last_id,accepted,delivered,overflow,rejected,corrupt,stopped,expired,superseded,purged,"
    "quarantined,outbox_high,outbox_low,age,boot,since_boot,wall,synchronised,crc) VALUES(1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
inline constexpr const char* read_account_sql =
    "SELECT last_id,accepted,delivered,overflow,rejected,corrupt,stopped,expired,superseded,purged,quarantined,"
    "outbox_high,outbox_low,age,boot,since_boot,wall,synchronised,crc FROM account WHERE one=1";

[[nodiscard]] bool write_account(Statement& write, const AccountRow& row);

/// None if there is no row, or it is not as it was written.
[[nodiscard]] std::optional<AccountRow> read_account(sqlite3& database);

/// What files of older formats have instead.
inline constexpr const char* record_columns_2 = "id,flags,topic,payload,crc,class,accepted,expires,key,NULL";
inline constexpr const char* record_columns_1 = "id,flags,topic,payload,crc,1,NULL,NULL,NULL,NULL";
[[nodiscard]] std::optional<AccountRow> read_account_1(sqlite3& database);
/// Of formats 2 and 3.
[[nodiscard]] std::optional<AccountRow> read_account_3(sqlite3& database);

/// Accounts with nothing in them, of an outbox that is named at random.
[[nodiscard]] AccountRow new_account();

}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// The tables beside the records'.
#include "store/quarantine.hpp"

#include "store/record_row.hpp"

#include <algorithm>

namespace muster::store {
namespace {

constexpr std::int64_t most_strikes = 255;

// Of the newest as many as the two bounds allow.
std::string drop_surplus_sql() {
    return "DELETE FROM quarantine WHERE id<=coalesce((SELECT max(id) FROM (SELECT id,row_number() OVER newest AS place,"
           "sum(length(CAST(topic AS BLOB))+length(payload)+coalesce(length(CAST(key AS BLOB)),0)+coalesce(length(properties),0)) OVER "
           "newest AS bytes"
           " FROM quarantine WINDOW newest AS (ORDER BY id DESC)) WHERE place>" +
           std::to_string(most_quarantined) + " OR bytes>" + std::to_string(most_quarantined_bytes) + "),0)";
}

}  // namespace

bool copy_to_quarantine(sqlite3& database, RecordId id, const std::string& reason) {
    {
        Statement copy(database,
                       "INSERT OR REPLACE INTO quarantine(id,reason,flags,class,accepted,expires,crc,key,properties,topic,payload)"
                       " SELECT id,?,flags,class,accepted,expires,crc,key,properties,topic,payload FROM record WHERE id=?");
        if (!copy.ok()) return false;
        Statement::Use use(copy);
        if (use.bind_text(1, reason).bind(2, static_cast<std::int64_t>(id)).step() != SQLITE_DONE) return false;
    }
    return execute(database, drop_surplus_sql().c_str());
}

std::vector<Quarantined> load_quarantined(sqlite3& database) {
    std::vector<Quarantined> found;
    Statement select(database, ("SELECT " + std::string(record_columns) + ",reason FROM quarantine ORDER BY id").c_str());
    if (!select.ok()) return found;
    Statement::Use row(select);
    while (row.step() == SQLITE_ROW) {
        if (auto record = read_record(row)) found.push_back({std::move(*record), std::string(row.bytes(10))});
    }
    return found;
}

bool write_suspects(sqlite3& database, const std::vector<Suspect>& suspects) {
    if (!execute(database, "DELETE FROM suspect")) return false;
    Statement insert(database, "INSERT OR REPLACE INTO suspect(id,strikes) VALUES(?,?)");
    if (!insert.ok()) return false;
    return std::all_of(suspects.begin(), suspects.end(), [&](const Suspect& suspect) {
        Statement::Use use(insert);
        return use.bind(1, static_cast<std::int64_t>(suspect.id)).bind(2, std::min<std::int64_t>(suspect.strikes, most_strikes)).step() ==
               SQLITE_DONE;
    });
}

std::vector<Suspect> load_suspects(sqlite3& database) {
    std::vector<Suspect> found;
    Statement select(database, "SELECT id,strikes FROM suspect WHERE id IN (SELECT id FROM record) ORDER BY id");
    if (!select.ok()) return found;
    Statement::Use row(select);
    while (row.step() == SQLITE_ROW) found.push_back({static_cast<RecordId>(row.integer(0)), static_cast<unsigned>(row.integer(1))});
    return found;
}

}  // namespace muster::store

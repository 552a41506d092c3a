// SPDX-License-Identifier: Apache-2.0
// A record and the accounts as rows of the file.
#include "store/record_row.hpp"

#include "store/crc32c.hpp"

#include <array>
#include <string>

namespace muster::store {
namespace {

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 255U);
}

// qos in bits 0-1, retain in bit 2, durability in bits 4-5.
std::int64_t flags_of(const Record& record) {
    return static_cast<std::int64_t>(record.message.qos) | (record.message.retain ? 4 : 0) |
           (static_cast<std::int64_t>(record.durability) << 4);
}

bool are_flags(std::int64_t flags) {
    constexpr std::int64_t all = 3 | 4 | (3 << 4);
    return (flags & ~all) == 0 && (flags & 3) <= static_cast<std::int64_t>(Qos::exactly_once) &&
           ((flags >> 4) & 3) <= static_cast<std::int64_t>(Durability::disk);
}

std::uint32_t crc_of(RecordId id, std::int64_t flags, std::string_view topic, std::string_view payload) {
    std::string head;
    append_little_endian(head, id, 8);
    append_little_endian(head, static_cast<std::uint64_t>(flags), 1);
    append_little_endian(head, topic.size(), 4);  // Or a byte could move between topic and payload unnoticed.
    return crc32c(crc32c(crc32c(0, head), topic), payload);
}

std::array<std::uint64_t, 7> totals_of(const AccountRow& row) {
    const Accounts& counted = row.accounts;
    return {row.last_id, counted.accepted, counted.delivered, counted.overflow, counted.rejected, counted.corrupt, counted.stopped};
}

std::uint32_t crc_of(const AccountRow& row) {
    std::string bytes;
    for (const std::uint64_t total : totals_of(row)) append_little_endian(bytes, total, 8);
    return crc32c(0, bytes);
}

}  // namespace

bool write_record(Statement& insert, const Record& record) {
    const std::int64_t flags = flags_of(record);
    Statement::Use use(insert);
    use.bind(1, static_cast<std::int64_t>(record.id)).bind(2, flags);
    use.bind_text(3, record.message.topic).bind_blob(4, record.message.payload);
    use.bind(5, crc_of(record.id, flags, record.message.topic, record.message.payload));
    return use.step() == SQLITE_DONE;
}

std::optional<Record> read_record(const Statement::Use& row) {
    // Types first: the checksum of a NULL would be that of an empty payload.
    const bool typed = row.has_type(0, SQLITE_INTEGER) && row.has_type(1, SQLITE_INTEGER) && row.has_type(2, SQLITE_TEXT) &&
                       row.has_type(3, SQLITE_BLOB) && row.has_type(4, SQLITE_INTEGER);
    if (!typed) return std::nullopt;
    const auto id = static_cast<RecordId>(row.integer(0));
    const std::int64_t flags = row.integer(1);
    const std::string_view topic = row.bytes(2);
    const std::string_view payload = row.bytes(3);
    if (!are_flags(flags) || row.integer(4) != crc_of(id, flags, topic, payload)) return std::nullopt;
    Record record;
    record.id = id;
    record.message = {std::string(topic), std::string(payload), static_cast<Qos>(flags & 3), (flags & 4) != 0};
    record.durability = static_cast<Durability>((flags >> 4) & 3);
    return record;
}

bool write_account(Statement& write, const AccountRow& row) {
    Statement::Use use(write);
    int index = 0;
    for (const std::uint64_t total : totals_of(row)) use.bind(++index, static_cast<std::int64_t>(total));
    return use.bind(++index, crc_of(row)).step() == SQLITE_DONE;
}

std::optional<AccountRow> read_account(sqlite3& database) {
    Statement select(database, read_account_sql);
    if (!select.ok()) return std::nullopt;
    Statement::Use row(select);
    if (row.step() != SQLITE_ROW) return std::nullopt;
    const auto total = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
    AccountRow read;
    read.last_id = total(0);
    read.accounts = {total(1), total(2), total(3), total(4), total(5), total(6), 0, 0};
    if (row.integer(7) != crc_of(read)) return std::nullopt;
    return read;
}

}  // namespace muster::store

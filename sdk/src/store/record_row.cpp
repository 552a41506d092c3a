// SPDX-License-Identifier: Apache-2.0
// A record and the accounts as rows of the file.
#include "store/record_row.hpp"

#include "base/message_properties.hpp"
#include "base/random.hpp"
#include "store/crc32c.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::store {
namespace {

// In `flags`: QoS in bits 0-1, retain in bit 2, in bit 3 whether the columns after `crc` count, durability in bits 4-5, in bit 6 whether
// there are properties.
constexpr std::int64_t retain_flag = 4;
constexpr std::int64_t format_2_flag = 8;
constexpr std::int64_t properties_flag = 64;
constexpr unsigned durability_shift = 4;

/// Numbers as they go into a checksum, one behind the other, in a buffer of so many bytes.
template <std::size_t capacity>
class LittleEndian {
public:
    LittleEndian& add(std::uint64_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) buffer_.at(size_++) = static_cast<char>((value >> (8 * i)) & 255U);
        return *this;
    }
    [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }

private:
    std::array<char, capacity> buffer_{};
    std::size_t size_ = 0;
};

std::int64_t flags_of(const NewRecord& record) {
    return static_cast<std::int64_t>(record.message.qos) | (record.message.retain ? retain_flag : 0) | format_2_flag |
           (record.message.properties ? properties_flag : 0) | (static_cast<std::int64_t>(record.durability) << durability_shift);
}

bool are_flags(std::int64_t flags) {
    constexpr std::int64_t all = 3 | retain_flag | format_2_flag | (3 << durability_shift) | properties_flag;
    const bool is_of_one_format = (flags & properties_flag) == 0 || (flags & format_2_flag) != 0;
    return (flags & ~all) == 0 && is_of_one_format && (flags & 3) <= static_cast<std::int64_t>(Qos::exactly_once) &&
           ((flags >> durability_shift) & 3) <= static_cast<std::int64_t>(Durability::disk);
}

// Lengths are part of it, or a byte could move between key, topic and payload unnoticed.
std::uint32_t crc_of(const NewRecord& record, std::string_view properties, std::int64_t flags) {
    LittleEndian<34> head;
    head.add(record.id, 8).add(static_cast<std::uint64_t>(flags), 1).add(record.message.topic.size(), 4);
    std::uint32_t crc = 0;
    if ((flags & format_2_flag) == 0) {
        crc = crc32c(0, head.bytes());
    } else {
        head.add(static_cast<std::uint64_t>(record.priority), 1).add(static_cast<std::uint64_t>(record.accepted_at), 8);
        head.add(static_cast<std::uint64_t>(record.expires), 8).add(record.key.size(), 4);
        crc = crc32c(crc32c(0, head.bytes()), record.key);
    }
    if ((flags & properties_flag) != 0) crc = crc32c(crc32c(crc, LittleEndian<4>().add(properties.size(), 4).bytes()), properties);
    return crc32c(crc32c(crc, record.message.topic), record.message.payload);
}

// The columns after `crc`; false if one is not what a record of its format has.
bool read_additions(const Statement::Use& row, bool is_format_2, Record& record) {
    const auto is_null = [&](int column) { return row.has_type(column, SQLITE_NULL); };
    if (!row.has_type(5, SQLITE_INTEGER)) return false;
    const std::int64_t priority = row.integer(5);
    if (!is_format_2) return priority == static_cast<std::int64_t>(Priority::normal) && is_null(6) && is_null(7) && is_null(8);
    if (priority < 0 || priority >= static_cast<std::int64_t>(priority_count) || !row.has_type(6, SQLITE_INTEGER)) return false;
    if (!is_null(7) && (!row.has_type(7, SQLITE_INTEGER) || row.integer(7) <= 0)) return false;
    if (!is_null(8) && (!row.has_type(8, SQLITE_TEXT) || row.bytes(8).empty())) return false;
    record.priority = static_cast<Priority>(priority);
    record.accepted_at = row.integer(6);
    record.expires = row.integer(7);
    record.key = std::string(row.bytes(8));
    return true;
}

// Nothing if there is none and there should be none; false if it is not what its flag says.
bool read_properties(const Statement::Use& row, bool is_there, Record& record) {
    if (!is_there) return row.has_type(9, SQLITE_NULL);
    if (!row.has_type(9, SQLITE_BLOB)) return false;
    auto properties = base::decode_properties(row.bytes(9));
    if (!properties) return false;
    record.message.properties = std::make_shared<const MessageProperties>(std::move(*properties));
    return true;
}

using Totals = std::array<std::uint64_t, 18>;
constexpr std::ptrdiff_t purged_at = 9;  // In them; older formats have none.

Totals totals_of(const AccountRow& row) {
    const Accounts& counted = row.accounts;
    const auto bits = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
    return {row.last_id,         counted.accepted,
            counted.delivered,   counted.overflow,
            counted.rejected,    counted.corrupt,
            counted.stopped,     counted.expired,
            counted.superseded,  counted.purged,
            counted.quarantined, row.outbox.high,
            row.outbox.low,      bits(row.time.age),
            row.time.boot,       bits(row.time.since_boot),
            bits(row.time.wall), row.time.is_wall_synchronised ? 1ULL : 0ULL};
}

std::uint32_t crc_of(const std::uint64_t* totals, std::size_t count) {
    LittleEndian<sizeof(Totals)> bytes;
    for (std::size_t i = 0; i < count; ++i) bytes.add(totals[i], 8);
    return crc32c(0, bytes.bytes());
}

// The integers of the first row of `sql`, of which the last is the checksum of the others; none if that does not hold.
template <std::size_t count>
std::optional<std::array<std::uint64_t, count>> read_totals(sqlite3& database, const char* sql) {
    Statement select(database, sql);
    if (!select.ok()) return std::nullopt;
    Statement::Use row(select);
    if (row.step() != SQLITE_ROW) return std::nullopt;
    std::array<std::uint64_t, count> totals{};
    for (std::size_t i = 0; i < count; ++i) totals[i] = static_cast<std::uint64_t>(row.integer(static_cast<int>(i)));
    if (row.integer(static_cast<int>(count)) != crc_of(totals.data(), count)) return std::nullopt;
    return totals;
}

AccountRow row_of(const Totals& totals) {
    AccountRow row;
    std::size_t next = 0;
    const auto total = [&] { return totals[next++]; };
    const auto number = [&] { return static_cast<std::int64_t>(total()); };
    row.last_id = total();
    for (auto* count : {&row.accounts.accepted, &row.accounts.delivered, &row.accounts.overflow, &row.accounts.rejected,
                        &row.accounts.corrupt, &row.accounts.stopped, &row.accounts.expired, &row.accounts.superseded, &row.accounts.purged,
                        &row.accounts.quarantined, &row.outbox.high, &row.outbox.low}) {
        *count = total();
    }
    row.time.age = number();
    row.time.boot = total();
    row.time.since_boot = number();
    row.time.wall = number();
    row.time.is_wall_synchronised = total() != 0;
    return row;
}

}  // namespace

bool write_record(Statement& insert, const NewRecord& record) {
    const std::int64_t flags = flags_of(record);
    const std::string properties = record.message.properties ? base::encode(*record.message.properties) : std::string();
    Statement::Use use(insert);
    use.bind(1, static_cast<std::int64_t>(record.id)).bind(2, flags);
    use.bind_text(3, record.message.topic).bind_blob(4, record.message.payload);
    use.bind(5, crc_of(record, properties, flags)).bind(6, static_cast<std::int64_t>(record.priority)).bind(7, record.accepted_at);
    // What is not bound is NULL, and in no index.
    if (record.expires != 0) use.bind(8, record.expires);
    if (!record.key.empty()) use.bind_text(9, record.key);
    if (record.message.properties) use.bind_blob(10, properties);
    return use.step() == SQLITE_DONE;
}

std::optional<Record> read_record(const Statement::Use& row) {
    // Types first: the checksum of a NULL would be that of an empty payload.
    const bool typed = row.has_type(0, SQLITE_INTEGER) && row.has_type(1, SQLITE_INTEGER) && row.has_type(2, SQLITE_TEXT) &&
                       row.has_type(3, SQLITE_BLOB) && row.has_type(4, SQLITE_INTEGER);
    if (!typed) return std::nullopt;
    const std::int64_t flags = row.integer(1);
    Record record;
    record.id = static_cast<RecordId>(row.integer(0));
    if (!are_flags(flags) || !read_additions(row, (flags & format_2_flag) != 0, record)) return std::nullopt;
    record.message = {std::string(row.bytes(2)), std::string(row.bytes(3)), static_cast<Qos>(flags & 3), (flags & retain_flag) != 0};
    record.durability = static_cast<Durability>((flags >> durability_shift) & 3);
    if (!read_properties(row, (flags & properties_flag) != 0, record)) return std::nullopt;
    if (row.integer(4) != crc_of(as_new(record), row.bytes(9), flags)) return std::nullopt;
    return record;
}

bool write_account(Statement& write, const AccountRow& row) {
    Statement::Use use(write);
    const Totals totals = totals_of(row);
    int index = 0;
    for (const std::uint64_t total : totals) use.bind(++index, static_cast<std::int64_t>(total));
    return use.bind(++index, crc_of(totals.data(), totals.size())).step() == SQLITE_DONE;
}

std::optional<AccountRow> read_account(sqlite3& database) {
    const auto totals = read_totals<std::tuple_size_v<Totals>>(database, read_account_sql);
    if (!totals) return std::nullopt;
    return row_of(*totals);
}

std::optional<AccountRow> read_account_3(sqlite3& database) {
    constexpr const char* sql =
        "SELECT last_id,accepted,delivered,overflow,rejected,corrupt,stopped,expired,superseded,quarantined,"
        "outbox_high,outbox_low,age,boot,since_boot,wall,synchronised,crc FROM account WHERE one=1";
    const auto found = read_totals<std::tuple_size_v<Totals> - 1>(database, sql);
    if (!found) return std::nullopt;
    Totals totals{};
    std::copy_n(found->begin(), purged_at, totals.begin());
    std::copy(found->begin() + purged_at, found->end(), totals.begin() + purged_at + 1);
    return row_of(totals);
}

std::optional<AccountRow> read_account_1(sqlite3& database) {
    constexpr const char* sql = "SELECT last_id,accepted,delivered,overflow,rejected,corrupt,stopped,crc FROM account WHERE one=1";
    const auto totals = read_totals<7>(database, sql);
    if (!totals) return std::nullopt;
    AccountRow row = new_account();
    row.last_id = (*totals)[0];
    std::size_t next = 0;
    for (auto* count : {&row.accounts.accepted, &row.accounts.delivered, &row.accounts.overflow, &row.accounts.rejected,
                        &row.accounts.corrupt, &row.accounts.stopped}) {
        *count = (*totals)[++next];
    }
    return row;
}

AccountRow new_account() {
    base::SystemRandom random;
    AccountRow row;
    row.outbox = {random.next(), random.next()};
    return row;
}

}  // namespace muster::store

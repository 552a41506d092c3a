// SPDX-License-Identifier: Apache-2.0
// Records in an SQLite file.
#include "store/sqlite_store.hpp"

#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "store/ballast.hpp"
#include "store/crc32c.hpp"
#include "store/sqlite_handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

namespace muster::store {
namespace {

constexpr std::int64_t application_id = 0x6D75'7374;  // "must"
constexpr std::int64_t schema_version = 1;
constexpr std::int64_t page_bytes = 4'096;

constexpr const char* settings_sql =
    "PRAGMA locking_mode=EXCLUSIVE;"  // Before the first access: the log's index then lives in memory and no second process can write.
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA wal_autocheckpoint=100;"
    "PRAGMA journal_size_limit=1048576;"
    "PRAGMA cache_size=-256;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "BEGIN IMMEDIATE;COMMIT";  // Takes the lock now, so that a second process is told at open.

constexpr const char* schema_sql =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE record(id INTEGER PRIMARY KEY, flags INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, crc INTEGER NOT NULL) "
    "STRICT;"
    "CREATE TABLE account(one INTEGER PRIMARY KEY CHECK(one=1), last_id INTEGER NOT NULL, accepted INTEGER NOT NULL, delivered INTEGER NOT "
    "NULL,"
    " overflow INTEGER NOT NULL, rejected INTEGER NOT NULL, corrupt INTEGER NOT NULL, stopped INTEGER NOT NULL) STRICT;"
    "INSERT INTO account VALUES(1,0,0,0,0,0,0,0);"
    "PRAGMA application_id=1836413812;"
    "PRAGMA user_version=1;"
    "COMMIT";

// qos in bits 0-1, retain in bit 2, durability in bits 4-5.
std::int64_t flags_of(const Record& record) {
    return static_cast<std::int64_t>(record.message.qos) | (record.message.retain ? 4 : 0) |
           (static_cast<std::int64_t>(record.durability) << 4);
}

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 255U);
}

std::uint32_t crc_of(RecordId id, std::int64_t flags, std::string_view topic, std::string_view payload) {
    std::string head;
    append_little_endian(head, id, 8);
    append_little_endian(head, static_cast<std::uint64_t>(flags), 1);
    append_little_endian(head, topic.size(), 4);
    return crc32c(crc32c(crc32c(0, head), topic), payload);
}

Result<void> create_private_file(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot open", path);
    ::close(fd);
    return {};
}

// An outbox begins with SQLite's magic and our application id; a file that does not is somebody else's.
Result<void> check_header(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 100> header{};
    if (!file || !file.read(header.data(), header.size())) {
        if (file.gcount() == 0) return {};
        return Error{Code::corrupt, path.string() + " is no outbox: it is too short", "name another file"};
    }
    const std::string_view magic("SQLite format 3\0", 16);
    std::uint32_t id = 0;
    for (std::size_t i = 68; i < 72; ++i) id = (id << 8U) | static_cast<unsigned char>(header[i]);
    if (std::string_view(header.data(), 16) != magic)
        return Error{Code::corrupt, path.string() + " is no outbox: it is not an SQLite file", "name another file"};
    // 0: created, and stopped before the first log was checkpointed into it.
    if (id != application_id && id != 0)
        return Error{Code::corrupt, path.string() + " belongs to another application", "name another file"};
    return {};
}

class Store final : public RecordStore {
public:
    Store(std::filesystem::path path, base::FileLock lock, Database database)
        : path_(std::move(path)),
          lock_(std::move(lock)),
          ballast_(path_.string() + ".ballast"),
          database_(std::move(database)),
          insert_(*database_, "INSERT INTO record(id,flags,topic,payload,crc) VALUES(?,?,?,?,?)"),
          count_accepted_(*database_, "UPDATE account SET accepted=accepted+1, last_id=?"),
          read_(*database_, "SELECT id,flags,topic,payload,crc FROM record WHERE id>? ORDER BY id LIMIT ?"),
          size_(*database_, "SELECT length(CAST(topic AS BLOB))+length(payload) FROM record WHERE id=?"),
          remove_(*database_, "DELETE FROM record WHERE id=?") {}

    Result<void> load();
    Result<void> append(const Record& record) override;
    Result<std::vector<Record>> read_after(RecordId after, std::size_t max) override;
    Result<void> remove(const std::vector<RecordId>& ids, Removal why) override;
    Result<void> add(const Accounts& closed) override;
    [[nodiscard]] const Accounts& accounts() const override { return accounts_; }
    [[nodiscard]] RecordId last_id() const override { return last_id_; }

private:
    [[nodiscard]] Error error(std::string_view what) { return sqlite_error(*database_, path_, what); }
    bool set_synchronous(Durability durability);
    bool insert(const Record& record);
    // Removes inside a transaction of its own; the accounts of `next` are what the file's row says afterwards.
    bool remove_once(const std::vector<RecordId>& ids, Removal why, Accounts& next);
    bool write_accounts(const Accounts& next);
    static std::optional<Record> parse(const Statement::Use& row);

    std::filesystem::path path_;
    base::FileLock lock_;
    Ballast ballast_;
    Database database_;
    Statement insert_;
    Statement count_accepted_;
    Statement read_;
    Statement size_;
    Statement remove_;
    Accounts accounts_;
    RecordId last_id_ = 0;
    std::optional<Durability> synchronous_for_;
};

Result<void> Store::load() {
    if (!insert_.ok() || !count_accepted_.ok() || !read_.ok() || !size_.ok() || !remove_.ok())
        return error("its tables are not an outbox's");
    Statement select(*database_, "SELECT last_id,accepted,delivered,overflow,rejected,corrupt,stopped FROM account");
    Statement::Use row(select);
    if (!select.ok() || row.step() != SQLITE_ROW) return error("its accounts cannot be read");
    const auto column = [&](int index) { return static_cast<std::uint64_t>(row.integer(index)); };
    last_id_ = column(0);
    accounts_ = {column(1), column(2), column(3), column(4), column(5), column(6), 0, 0};
    accounts_.waiting = static_cast<std::uint64_t>(query_integer(*database_, "SELECT count(*) FROM record", 0));
    accounts_.waiting_bytes = static_cast<std::uint64_t>(
        query_integer(*database_, "SELECT coalesce(sum(length(CAST(topic AS BLOB))+length(payload)),0) FROM record", 0));
    // Without room for the ballast what is stored can still be read and sent; only accepting is refused.
    if (auto held = ballast_.hold(); !held && held.error().code() != Code::no_space) return held;
    return {};
}

bool Store::set_synchronous(Durability durability) {
    if (synchronous_for_ == durability) return true;
    synchronous_for_ = durability;
    return execute(*database_, durability == Durability::disk ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

bool Store::insert(const Record& record) {
    const std::int64_t flags = flags_of(record);
    const auto id = static_cast<std::int64_t>(record.id);
    {
        Statement::Use use(insert_);
        use.bind(1, id).bind(2, flags).bind_text(3, record.message.topic).bind_blob(4, record.message.payload);
        use.bind(5, crc_of(record.id, flags, record.message.topic, record.message.payload));
        if (use.step() != SQLITE_DONE) return false;
    }
    Statement::Use use(count_accepted_);
    return use.bind(1, id).step() == SQLITE_DONE;
}

Result<void> Store::append(const Record& record) {
    MUSTER_REQUIRE(record.id > last_id_);
    if (auto held = ballast_.hold(); !held) return held;
    const bool stored =
        set_synchronous(record.durability) && execute(*database_, "BEGIN IMMEDIATE") && insert(record) && execute(*database_, "COMMIT");
    if (!stored) {
        const Error failure = error("cannot store the message");
        static_cast<void>(execute(*database_, "ROLLBACK"));
        return failure;
    }
    last_id_ = record.id;
    ++accounts_.accepted;
    ++accounts_.waiting;
    accounts_.waiting_bytes += record.bytes();
    return {};
}

std::optional<Record> Store::parse(const Statement::Use& row) {
    const bool typed =
        row.has_type(1, SQLITE_INTEGER) && row.has_type(2, SQLITE_TEXT) && row.has_type(3, SQLITE_BLOB) && row.has_type(4, SQLITE_INTEGER);
    if (!typed) return std::nullopt;
    const auto id = static_cast<RecordId>(row.integer(0));
    const std::int64_t flags = row.integer(1);
    const std::string_view payload = row.bytes(3);
    const std::string_view topic = row.bytes(2);
    if (flags < 0 || flags > 255 || row.integer(4) != crc_of(id, flags, topic, payload)) return std::nullopt;
    Record record;
    record.id = id;
    record.message = {std::string(topic), std::string(payload), static_cast<Qos>(flags & 3), (flags & 4) != 0};
    record.durability = static_cast<Durability>((flags >> 4) & 3);
    return record;
}

Result<std::vector<Record>> Store::read_after(RecordId after, std::size_t max) {
    std::vector<Record> records;
    std::vector<RecordId> damaged;
    {
        Statement::Use row(read_);
        row.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(max));
        int outcome = row.step();
        for (; outcome == SQLITE_ROW; outcome = row.step()) {
            if (auto record = parse(row)) {
                records.push_back(std::move(*record));
            } else {
                damaged.push_back(static_cast<RecordId>(row.integer(0)));
            }
        }
        if (outcome != SQLITE_DONE) return error("cannot read");
    }
    if (damaged.empty()) return records;
    if (auto removed = remove(damaged, Removal::corrupt); !removed) return std::move(removed).error();
    // A page of nothing but damage must not look like the end.
    return records.empty() ? read_after(damaged.back(), max) : std::move(records);
}

bool Store::write_accounts(const Accounts& next) {
    Statement update(*database_, "UPDATE account SET accepted=?,delivered=?,overflow=?,rejected=?,corrupt=?,stopped=?");
    if (!update.ok()) return false;
    Statement::Use use(update);
    int index = 0;
    for (const std::uint64_t value : {next.accepted, next.delivered, next.overflow, next.rejected, next.corrupt, next.stopped}) {
        use.bind(++index, static_cast<std::int64_t>(value));
    }
    return use.step() == SQLITE_DONE;
}

bool Store::remove_once(const std::vector<RecordId>& ids, Removal why, Accounts& next) {
    if (!execute(*database_, "BEGIN IMMEDIATE")) return false;
    for (const RecordId id : ids) {
        Statement::Use size(size_);
        if (size.bind(1, static_cast<std::int64_t>(id)).step() != SQLITE_ROW) continue;
        const auto bytes = static_cast<std::uint64_t>(size.integer(0));
        Statement::Use use(remove_);
        if (use.bind(1, static_cast<std::int64_t>(id)).step() != SQLITE_DONE) return false;
        --next.waiting;
        next.waiting_bytes -= bytes;
        ++next.of(why);
    }
    return write_accounts(next) && execute(*database_, "COMMIT");
}

Result<void> Store::remove(const std::vector<RecordId>& ids, Removal why) {
    // A removal that a power cut undoes means a duplicate, never a loss: no need to wait for the disk.
    static_cast<void>(set_synchronous(Durability::process));
    for (const bool last_try : {false, true}) {
        Accounts next = accounts_;
        if (remove_once(ids, why, next)) {
            accounts_ = next;
            return {};
        }
        const Error failure = error("cannot remove what was sent");
        static_cast<void>(execute(*database_, "ROLLBACK"));
        if (last_try || failure.code() != Code::no_space || !ballast_.release()) return failure;
    }
    return {};
}

Result<void> Store::add(const Accounts& closed) {
    MUSTER_REQUIRE(closed.waiting == 0);
    Accounts next = accounts_;
    next.accepted += closed.accepted;
    for (const auto why : {Removal::delivered, Removal::overflow, Removal::rejected, Removal::corrupt, Removal::stopped})
        next.of(why) += Accounts(closed).of(why);
    if (!write_accounts(next)) return error("cannot write the accounts");
    accounts_ = next;
    return {};
}

Result<void> prepare(sqlite3& database, const std::filesystem::path& path, std::uint64_t max_bytes) {
    if (!execute(database, settings_sql)) return sqlite_error(database, path, "cannot be opened as an outbox");
    const std::int64_t version = query_integer(database, "PRAGMA user_version", 0);
    const std::int64_t owner = query_integer(database, "PRAGMA application_id", 0);
    if (version > schema_version) {
        return Error{Code::invalid_argument,
                     path.string() + " was made by a newer version of muster (format " + std::to_string(version) + ")",
                     "update muster, or name another outbox"};
    }
    const bool has_tables = query_integer(database, "SELECT count(*) FROM sqlite_schema", 0) > 0;
    if (has_tables && owner != application_id)
        return Error{Code::corrupt, path.string() + " belongs to another application", "name another file"};
    if (!has_tables && !execute(database, schema_sql)) return sqlite_error(database, path, "cannot be made an outbox");
    // A row costs up to a third more than its bytes and 48 of bookkeeping; the outbox's own bounds bite first.
    const std::int64_t pages = static_cast<std::int64_t>(max_bytes) / page_bytes * 2 + 1'024;
    static_cast<void>(execute(database, ("PRAGMA max_page_count=" + std::to_string(pages)).c_str()));
    return {};
}

}  // namespace

Result<std::unique_ptr<RecordStore>> SqliteStore::open(const std::filesystem::path& path, std::uint64_t max_bytes) {
    if (path.has_parent_path()) {
        if (auto made = base::make_private_directory(path.parent_path()); !made) return std::move(made).error();
    }
    auto lock = base::FileLock::acquire(path.string() + ".lock");
    if (!lock) {
        const bool in_use = lock.error().code() == Code::in_use;
        return in_use ? Error{Code::in_use, path.string() + " is in use by another process", "stop it, or name another outbox"}
                      : lock.error();
    }
    if (auto checked = check_header(path); !checked) return std::move(checked).error();
    // Made here, because SQLite would make it readable for everyone; its log gets the same mode.
    if (auto made = create_private_file(path); !made) return std::move(made).error();
    sqlite3* opened = nullptr;
    constexpr int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    const int outcome = sqlite3_open_v2(path.c_str(), &opened, how, nullptr);
    Database database(opened);
    if (outcome != SQLITE_OK) return sqlite_error(*database, path, "cannot be opened");
    if (auto prepared = prepare(*database, path, max_bytes); !prepared) return std::move(prepared).error();
    auto store = std::make_unique<Store>(path, std::move(*lock), std::move(database));
    if (auto loaded = store->load(); !loaded) return std::move(loaded).error();
    return std::unique_ptr<RecordStore>(std::move(store));
}

}  // namespace muster::store

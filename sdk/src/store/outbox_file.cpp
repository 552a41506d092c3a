// SPDX-License-Identifier: Apache-2.0
// The outbox's file as a file.
#include "store/outbox_file.hpp"

#include "base/clock.hpp"
#include "base/files.hpp"
#include "store/migration.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace muster::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t application_id = 0x6D75'7374;  // "must"
constexpr std::uint32_t first_format = 1;              // Brought to `this_format` when it is opened.

constexpr const char* settings_sql =
    "PRAGMA locking_mode=EXCLUSIVE;"  // Before the first access: the log's index then lives in memory and no second process can write.
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA wal_autocheckpoint=100;"
    "PRAGMA journal_size_limit=1048576;"
    "PRAGMA cache_size=-256;"
    "BEGIN IMMEDIATE;COMMIT";  // Takes the lock now, so that a second process is told at open.

constexpr const char* schema_sql =
    "PRAGMA page_size=4096;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "BEGIN IMMEDIATE;"
    // The small columns first: to read one behind a large payload, all of that would have to be read.
    "CREATE TABLE record(id INTEGER PRIMARY KEY CHECK(id>0), flags INTEGER NOT NULL CHECK(flags BETWEEN 0 AND 255),"
    " class INTEGER NOT NULL CHECK(class BETWEEN 0 AND 3), accepted INTEGER, expires INTEGER, crc INTEGER NOT NULL, key TEXT,"
    " properties BLOB, topic TEXT NOT NULL, payload BLOB NOT NULL) STRICT;"
    "PRAGMA application_id=1836413812;"
    "PRAGMA user_version=4;";

fs::path beside(const fs::path& path, const char* suffix) {
    return path.string() + suffix;
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

std::uint32_t big_endian(const std::array<char, 100>& header, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = (value << 8U) | static_cast<unsigned char>(header[i]);
    return value;
}

Error not_ours(const fs::path& path, const char* why) {
    return {Code::corrupt, path.string() + " is no outbox: " + why, "name another file for the outbox, or move this one away"};
}

Result<Database> open_database(const fs::path& path) {
    sqlite3* opened = nullptr;
    constexpr int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    const int outcome = sqlite3_open_v2(path.c_str(), &opened, how, nullptr);
    Database database(opened);
    if (!database) return Error{Code::io, path.string() + " cannot be opened: out of memory"};
    if (outcome != SQLITE_OK) return sqlite_error(*database, path, "cannot be opened");
    return database;
}

Result<void> sync_directory_of(const fs::path& path) {
    const int fd = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = fd < 0 || ::fsync(fd) != 0 ? errno : 0;
    if (fd >= 0) ::close(fd);
    if (failed != 0) return base::system_error(failed, "cannot sync the directory of", path);
    return {};
}

Result<void> move(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return base::system_error(errno, "cannot rename", from);
    return {};
}

// A name that is free, for the file and for its log.
fs::path name_for_damaged(const fs::path& path) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(base::SystemClock().wall_now().time_since_epoch());
    const std::string stem = path.string() + ".corrupt-" + std::to_string(now.count());
    fs::path name = stem;
    for (int i = 1; is_there(name) || is_there(log_of(name)); ++i) name = stem + "-" + std::to_string(i);
    return name;
}

}  // namespace

fs::path log_of(const fs::path& path) {
    return beside(path, "-wal");
}

Result<fs::path> resolve(const fs::path& path) {
    const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (path.has_parent_path()) {
        if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
    }
    std::error_code failed;
    const fs::path resolved = fs::canonical(directory, failed);
    if (failed) return base::system_error(failed.value(), "cannot find the directory", directory);
    return resolved / path.filename();
}

Result<FileKind> examine(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) return FileKind::none;
    if (fd < 0 && errno == ELOOP) return not_ours(path, "it is a symbolic link");
    if (fd < 0) return base::system_error(errno, "cannot open", path);
    std::array<char, 100> header{};
    struct stat status {};
    const bool examined = ::fstat(fd, &status) == 0;
    const auto count = ::pread(fd, header.data(), header.size(), 0);
    const int number = errno;
    ::close(fd);
    if (examined && !S_ISREG(status.st_mode)) return not_ours(path, "it is not a regular file");
    if (!examined || count < 0) return base::system_error(number, "cannot read", path);
    if (count == 0) return FileKind::none;
    if (static_cast<std::size_t>(count) < header.size()) return not_ours(path, "it is too short");
    constexpr std::string_view magic("SQLite format 3\0", 16);
    if (std::string_view(header.data(), magic.size()) != magic) return not_ours(path, "it is not an SQLite file");
    // The offsets are those of the SQLite file format, section 1.3.
    if (big_endian(header, 68) != application_id) return not_ours(path, "it belongs to another application");
    const std::uint32_t version = big_endian(header, 60);
    if (version >= first_format && version <= this_format) return FileKind::outbox;
    return made_by_newer(path, version);
}

Error made_by_newer(const fs::path& path, std::int64_t format) {
    return {Code::invalid_argument, path.string() + " was made by a newer version of muster (format " + std::to_string(format) + ")",
            "update muster, or name another outbox"};
}

Result<Database> connect(const fs::path& path) {
    auto database = open_database(path);
    if (!database) return database;
    if (!execute(**database, settings_sql)) return sqlite_error(**database, path, "cannot be opened as an outbox");
    const bool is_set = query_text(**database, "PRAGMA journal_mode") == "wal" &&
                        query_text(**database, "PRAGMA locking_mode") == "exclusive" &&
                        query_integer(**database, "PRAGMA wal_autocheckpoint") == 100;
    if (!is_set) return Error{Code::io, path.string() + ": the file system does not support a write-ahead log"};
    return database;
}

Result<Database> begin_new(const fs::path& path) {
    const fs::path name = beside(path, ".new");
    ::unlink(log_of(name).c_str());  // Left by a crash; nothing in it was ever accepted.
    ::unlink(name.c_str());
    // Made here, because SQLite would make it readable for everyone; its log gets the same mode.
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot make the outbox", name);
    ::close(fd);
    auto database = open_database(name);
    if (!database) return database;
    const bool made = execute(**database, schema_sql) && execute(**database, account_schema_sql) && execute(**database, "COMMIT");
    if (!made) return sqlite_error(**database, name, "cannot be made an outbox");
    if (auto indexed = make_indexes(**database, name); !indexed) return std::move(indexed).error();
    return database;
}

Result<void> install(Database made, const fs::path& path) {
    const fs::path name = beside(path, ".new");
    if (!execute(*made, "PRAGMA wal_checkpoint(TRUNCATE)")) return sqlite_error(*made, name, "cannot be completed");
    made.reset();
    std::error_code failed;
    if (is_there(log_of(name)) && fs::file_size(log_of(name), failed) > 0)
        return Error{Code::io, name.string() + " cannot be completed: its log was not taken in"};
    // From here on a crash is made good by finish_install: `.ready` is whole.
    if (auto moved = move(name, beside(path, ".ready")); !moved) return moved;
    if (auto synced = sync_directory_of(path); !synced) return synced;
    return finish_install(path);
}

Result<void> finish_install(const fs::path& path) {
    const fs::path ready = beside(path, ".ready");
    if (!is_there(ready)) return {};
    const fs::path aside = name_for_damaged(path);
    std::error_code ignored;
    const bool replaces = is_there(path) && fs::file_size(path, ignored) > 0;
    if (replaces) {
        if (auto moved = move(path, aside); !moved) return moved;
    }
    // A log beside a file that it was not written for would destroy it.
    if (is_there(log_of(path))) {
        const bool is_empty = fs::file_size(log_of(path), ignored) == 0;
        if (is_empty) ::unlink(log_of(path).c_str());
        auto moved = is_empty ? Result<void>() : move(log_of(path), log_of(aside));
        if (!moved) return moved;
    }
    if (auto moved = move(ready, path); !moved) return moved;
    return sync_directory_of(path);
}

std::int64_t page_cap(sqlite3& database, const fs::path& path, const OutboxLimits& limits) {
    // A record costs up to twice its bytes (two that share no page) and 128 of bookkeeping and indexes; the outbox's own bounds bite first.
    // 1,536 pages are for what is in quarantine, twice, and for SQLite.
    const std::uint64_t messages = std::min(limits.max_messages, limits.max_bytes);
    const auto page = static_cast<std::uint64_t>(page_bytes);
    const auto needed = static_cast<std::int64_t>(limits.max_bytes / page * 2 + messages / page * 128 + 1'536);
    struct statvfs disk {};
    const auto now = query_integer(database, "PRAGMA page_count");
    if (!now || ::statvfs(path.parent_path().c_str(), &disk) != 0) return needed;
    // The log needs room too: up to its size limit.
    constexpr std::int64_t log_pages = (1 << 20) / page_bytes;
    const auto free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const auto free_pages = static_cast<std::int64_t>(std::min<std::uint64_t>(free_bytes / page, UINT32_MAX));
    return std::max<std::int64_t>(1, std::min(needed, *now + std::max<std::int64_t>(0, free_pages - log_pages)));
}

}  // namespace muster::store

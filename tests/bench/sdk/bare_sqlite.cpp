// SPDX-License-Identifier: Apache-2.0
// Inserts, appends, and the kernel's books.
#include "bare_sqlite.hpp"

#include <muster/result.hpp>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <fstream>
#include <string>

namespace muster::bench {
namespace {

std::atomic<std::uint64_t> committed{0};

void run(sqlite3* database, const char* sql) {
    MUSTER_REQUIRE(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

int count_commits(sqlite3* database) {
    const auto count = [](void* /*unused*/) {
        ++committed;
        return 0;
    };
    sqlite3_commit_hook(database, count, nullptr);
    return SQLITE_OK;
}

}  // namespace

std::uint64_t commits() {
    static const bool counts = [] { return sqlite3_auto_extension(reinterpret_cast<void (*)()>(count_commits)) == SQLITE_OK; }();
    MUSTER_REQUIRE(counts);
    return committed;
}

BareSqlite::BareSqlite(const std::filesystem::path& file, Sync sync) {
    MUSTER_REQUIRE(sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
    run(database_,
        "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=100;"
        "PRAGMA journal_size_limit=1048576; PRAGMA cache_size=-256");
    run(database_, sync == Sync::yes ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    run(database_, "CREATE TABLE message(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL)");
    MUSTER_REQUIRE(sqlite3_prepare_v2(database_, "INSERT INTO message(topic,payload) VALUES(?,?)", -1, &insert_, nullptr) == SQLITE_OK);
}

BareSqlite::~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
}

void BareSqlite::insert(std::size_t count, std::string_view topic, std::string_view payload) {
    run(database_, "BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < count; ++i) {
        sqlite3_bind_text(insert_, 1, topic.data(), static_cast<int>(topic.size()), SQLITE_STATIC);
        sqlite3_bind_blob(insert_, 2, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
        MUSTER_REQUIRE(sqlite3_step(insert_) == SQLITE_DONE);
        sqlite3_reset(insert_);
    }
    run(database_, "COMMIT");
}

BareLog::BareLog(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    MUSTER_REQUIRE(fd_ >= 0);
}

BareLog::~BareLog() {
    ::close(fd_);
}

void BareLog::append(std::size_t count, std::string_view topic, std::string_view payload) {
    std::string group;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = group.size();
        group.append(topic).append(payload);
        const auto crc = crc32(0, reinterpret_cast<const Bytef*>(group.data() + begin), static_cast<uInt>(group.size() - begin));
        group.append(reinterpret_cast<const char*>(&crc), sizeof(std::uint32_t));
    }
    MUSTER_REQUIRE(::write(fd_, group.data(), group.size()) == static_cast<ssize_t>(group.size()) && ::fdatasync(fd_) == 0);
}

std::uint64_t device_bytes(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return 0;
    std::ifstream books("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev)) + "/stat");
    // The seventh number is that of sectors of 512 bytes written (Documentation/block/stat.rst).
    constexpr int before = 6;
    std::uint64_t number = 0;
    for (int i = 0; i <= before; ++i) books >> number;
    return books ? number * 512 : 0;
}

}  // namespace muster::bench

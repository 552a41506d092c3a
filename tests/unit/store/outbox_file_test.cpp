// SPDX-License-Identifier: Apache-2.0
// The outbox's file as a file: whose it is, who may read it, how a new one is made.
#include "store/outbox_file.hpp"

#include "base/files.hpp"
#include "store/record_row.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace muster::store {
namespace {

namespace fs = std::filesystem;

void make_outbox(const fs::path& path) {
    auto made = begin_new(path);
    REQUIRE(made);
    REQUIRE(install(std::move(*made), path));
}

std::string bytes_of(const fs::path& path) {
    return base::load_file(path, 1U << 24U).value();
}

void write_bytes(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::size_t files_in(const fs::path& directory) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(directory)) count += entry.exists() ? 1U : 0U;
    return count;
}

TEST_CASE("a new outbox is one file for its owner alone, whatever the umask") {
    const test::TemporaryDirectory directory;
    const auto before = ::umask(0);
    make_outbox(directory / "o.db");
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat((directory / "o.db").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK(files_in(directory.path()) == 1);
    CHECK(examine(directory / "o.db").value() == FileKind::outbox);
}

TEST_CASE("the settings that the format asks for are in force") {
    const test::TemporaryDirectory directory;
    make_outbox(directory / "o.db");
    const auto database = connect(directory / "o.db");
    REQUIRE(database);
    const auto number = [&](const std::string& name) { return query_integer(**database, ("PRAGMA " + name).c_str()); };
    CHECK(query_text(**database, "PRAGMA locking_mode") == "exclusive");
    CHECK(query_text(**database, "PRAGMA journal_mode") == "wal");
    CHECK(number("auto_vacuum") == 2);
    CHECK(number("wal_autocheckpoint") == 100);
    CHECK(number("journal_size_limit") == 1 << 20);
    CHECK(number("cache_size") == -256);
    CHECK(number("trusted_schema") == 0);
    CHECK(number("cell_size_check") == 1);
    CHECK(number("page_size") == page_bytes);
    CHECK(number("application_id") == 0x6D757374);
    CHECK(number("user_version") == this_format);
    // No shared memory file: the index of the log is in this process alone (the precondition for one writer).
    CHECK_FALSE(fs::exists(directory / "o.db-shm"));
}

TEST_CASE("a file that is not an outbox is refused and left as it is") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    std::string expected;
    SECTION("random bytes") {
        write_bytes(path, std::string(5'000, '\x5A'));
        expected = "it is not an SQLite file";
    }
    SECTION("a short text") {
        write_bytes(path, "hello");
        expected = "it is too short";
    }
    SECTION("another application's database") {
        sqlite3* opened = nullptr;
        REQUIRE(sqlite3_open(path.c_str(), &opened) == SQLITE_OK);
        const Database database(opened);
        REQUIRE(execute(*database, "CREATE TABLE record(id);INSERT INTO record VALUES(1)"));
        expected = "it belongs to another application";
    }
    SECTION("a symbolic link") {
        write_bytes(directory / "target", "x");
        REQUIRE(::symlink((directory / "target").c_str(), path.c_str()) == 0);
        expected = "it is a symbolic link";
    }
    SECTION("a directory") {
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
        expected = "it is not a regular file";
    }
    const auto files = files_in(directory.path());
    const std::string before = fs::is_regular_file(path) ? bytes_of(path) : "";
    const auto kind = examine(path);
    REQUIRE_FALSE(kind);
    CHECK(kind.error().code() == Code::corrupt);
    CHECK(kind.error().message() == path.string() + " is no outbox: " + expected);
    CHECK_FALSE(kind.error().hint().empty());
    CHECK((fs::is_regular_file(path) ? bytes_of(path) : "") == before);
    CHECK(files_in(directory.path()) == files);
}

TEST_CASE("an outbox of a newer version is refused and left as it is") {
    const test::TemporaryDirectory directory;
    make_outbox(directory / "o.db");
    {
        const auto database = connect(directory / "o.db");
        REQUIRE(execute(**database, "PRAGMA user_version=5"));
    }
    const std::string before = bytes_of(directory / "o.db");
    const auto kind = examine(directory / "o.db");
    REQUIRE_FALSE(kind);
    CHECK(kind.error().code() == Code::invalid_argument);
    CHECK(kind.error().message().find("newer version of muster (format 5)") != std::string::npos);
    CHECK((bytes_of(directory / "o.db") == before));
}

TEST_CASE("a missing file and an empty one are no outbox yet") {
    const test::TemporaryDirectory directory;
    CHECK(examine(directory / "o.db").value() == FileKind::none);
    write_bytes(directory / "o.db", "");
    CHECK(examine(directory / "o.db").value() == FileKind::none);
    make_outbox(directory / "o.db");
    CHECK(examine(directory / "o.db").value() == FileKind::outbox);
    CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("a log whose file was deleted is set aside, not played into a new file") {
    const test::TemporaryDirectory directory;
    write_bytes(directory / "o.db-wal", "frames of the file that was deleted");
    make_outbox(directory / "o.db");
    CHECK_FALSE(fs::exists(directory / "o.db-wal"));
    CHECK(files_in(directory.path()) == 2);
}

TEST_CASE("an installation that was cut short is ended at the next start") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    make_outbox(directory / "new.db");
    make_outbox(path);
    write_bytes(directory / "o.db-wal", "log of the damaged file");
    const std::string damaged = bytes_of(path);
    fs::rename(directory / "new.db", directory / "o.db.ready");
    SECTION("before the damaged file was moved") {}
    SECTION("after the damaged file was moved") {
        fs::rename(path, directory / "o.db.corrupt-1");
    }
    SECTION("after its log was moved") {
        fs::rename(path, directory / "o.db.corrupt-1");
        fs::rename(directory / "o.db-wal", directory / "o.db.corrupt-1-wal");
    }
    REQUIRE(finish_install(path));
    CHECK(examine(path).value() == FileKind::outbox);
    CHECK_FALSE(fs::exists(directory / "o.db.ready"));
    CHECK_FALSE(fs::exists(directory / "o.db-wal"));
    CHECK(files_in(directory.path()) == 3);
    REQUIRE(finish_install(path));
    CHECK(files_in(directory.path()) == 3);
}

TEST_CASE("a directory reached through a symbolic link is accepted") {
    const test::TemporaryDirectory directory;
    REQUIRE(::mkdir((directory / "data").c_str(), 0700) == 0);
    REQUIRE(::symlink((directory / "data").c_str(), (directory / "link").c_str()) == 0);
    const auto path = resolve(directory / "link" / "o.db");
    REQUIRE(path);
    make_outbox(*path);
    CHECK(connect(*path));
    CHECK(fs::exists(directory / "data" / "o.db"));
}

TEST_CASE("the cap on pages grows with the limits and stays below what the disk has") {
    const test::TemporaryDirectory directory;
    make_outbox(directory / "o.db");
    const auto database = connect(directory / "o.db");
    OutboxLimits limits;
    limits.max_bytes = 1U << 20U;
    limits.max_messages = 10;
    const auto small = page_cap(**database, directory / "o.db", limits);
    CHECK(small >= 2 * 256);
    limits.max_bytes = 1ULL << 40U;
    const auto large = page_cap(**database, directory / "o.db", limits);
    CHECK(large > small);
    CHECK(static_cast<std::uint64_t>(large) * page_bytes <= fs::space(directory.path()).capacity);
}

}  // namespace
}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// What is particular to records in a file: they are there again, with the accounts, for one process at a time.
#include "store/sqlite_store.hpp"

#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace muster::store {
namespace {

namespace fs = std::filesystem;
using test::ids_of;
using test::record_of;

std::unique_ptr<RecordStore> open(const fs::path& path) {
    auto store = SqliteStore::open(path, OutboxLimits{});
    if (!store) FAIL(store.error().message());
    return std::move(*store);
}

TEST_CASE("records and accounts are there again after a reopening") {
    const test::TemporaryDirectory directory;
    {
        const auto store = open(directory / "o.db");
        for (RecordId id = 1; id <= 100; ++id)
            REQUIRE(store->append(record_of(id, 50, id % 2 == 0 ? Durability::disk : Durability::process)));
        REQUIRE(store->remove({1, 2, 3, 50}, Removal::delivered));
        REQUIRE(store->remove({4}, Removal::rejected));
        REQUIRE(store->remove({100}, Removal::overflow));
    }
    CHECK_FALSE(fs::exists(directory / "o.db-wal"));
    const auto store = open(directory / "o.db");
    CHECK(store->last_id() == 100);
    const auto records = store->read_after(0, 1'000);
    REQUIRE(records);
    CHECK(records->size() == 94);
    for (const auto& record : *records)
        CHECK(test::same(record, record_of(record.id, 50, record.id % 2 == 0 ? Durability::disk : Durability::process)));
    CHECK(store->accounts().accepted == 100);
    CHECK(store->accounts().delivered == 4);
    CHECK(store->accounts().rejected == 1);
    CHECK(store->accounts().overflow == 1);
    CHECK(store->accounts().waiting == 94);
    std::uint64_t bytes = 0;
    for (const auto& record : *records) bytes += record.bytes();
    CHECK(store->accounts().waiting_bytes == bytes);
    CHECK(test::balance(store->accounts()));
    REQUIRE(store->append(record_of(101)));
}

TEST_CASE("an outbox in use is refused by name, in this process and in another, and free after a kill") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    {
        const auto store = open(path);
        const auto second = SqliteStore::open(path, OutboxLimits{});
        REQUIRE_FALSE(second);
        CHECK(second.error().code() == Code::in_use);
        CHECK(second.error().message() == path.string() + " is in use by another process");
    }
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto held = SqliteStore::open(path, OutboxLimits{});
        const char is_held = held ? 'y' : 'n';
        if (::write(ready[1], &is_held, 1) == 1) ::pause();
        ::_exit(1);
    }
    char is_held = 0;
    REQUIRE(::read(ready[0], &is_held, 1) == 1);
    CHECK(is_held == 'y');
    const auto second = SqliteStore::open(path, OutboxLimits{});
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::in_use);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(open(path)->accounts().waiting == 0);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("a file held by SQLite without our lock is in use too") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    open(path);
    fs::remove(path.string() + ".lock");
    const auto store = open(path);
    fs::remove(path.string() + ".lock");  // As after a careless clean-up: the second opening gets a lock of its own.
    const auto second = SqliteStore::open(path, OutboxLimits{});
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::in_use);
    REQUIRE(store->append(record_of(1)));
}

TEST_CASE("the directory is made for its owner alone, and an unsafe one is refused") {
    const test::TemporaryDirectory directory;
    open(directory / "new" / "deep" / "o.db");
    struct stat status {};
    REQUIRE(::stat((directory / "new" / "deep").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    for (const auto& entry : fs::directory_iterator(directory / "new" / "deep")) {
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
    }
    REQUIRE(::mkdir((directory / "open").c_str(), 0700) == 0);
    REQUIRE(::chmod((directory / "open").c_str(), 0777) == 0);
    const auto refused = SqliteStore::open(directory / "open" / "o.db", OutboxLimits{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::unsafe_file);
}

TEST_CASE("the log and the ballast are for their owner alone") {
    const test::TemporaryDirectory directory;
    const auto before = ::umask(0);
    const auto store = open(directory / "o.db");
    REQUIRE(store->append(record_of(1)));
    ::umask(before);
    for (const char* suffix : {"", "-wal", ".ballast", ".lock"}) {
        struct stat status {};
        INFO(suffix);
        REQUIRE(::stat((directory.path().string() + "/o.db" + suffix).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
    }
}

TEST_CASE("a drained file is small again") {
    const test::TemporaryDirectory directory;
    {
        const auto store = open(directory / "o.db");
        std::vector<RecordId> ids;
        for (RecordId id = 1; id <= 3'000; ++id) {
            REQUIRE(store->append(record_of(id, 1'000)));
            ids.push_back(id);
        }
        for (std::size_t i = 0; i < ids.size(); i += 50)
            REQUIRE(store->remove({ids.begin() + static_cast<std::ptrdiff_t>(i), ids.begin() + static_cast<std::ptrdiff_t>(i) + 50},
                                  Removal::delivered));
    }
    CHECK(fs::file_size(directory / "o.db") < 1'500'000);
}

}  // namespace
}  // namespace muster::store

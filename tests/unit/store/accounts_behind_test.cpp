// SPDX-License-Identifier: Apache-2.0
// The accounts are not written with every record: after a kill they are right all the same, and so is the time.
#include "store/outbox_file.hpp"
#include "store/sqlite_store.hpp"
#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace muster::store {
namespace {

namespace fs = std::filesystem;
using test::record_of;

std::unique_ptr<RecordStore> open(const fs::path& path) {
    auto store = SqliteStore::open(path, OutboxLimits{});
    if (!store) FAIL(store.error().message());
    return std::move(*store);
}

std::string load(const fs::path& path) {
    std::ifstream content(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(content), {}};
}

/// A store's files as a kill leaves them, to be opened somewhere else.
class Killed {
public:
    explicit Killed(const fs::path& path) : file_(load(path)), log_(load(log_of(path))) {}
    [[nodiscard]] std::size_t pages() const { return file_.size() / page_bytes; }
    [[nodiscard]] std::size_t log_pages() const { return log_.size() / page_bytes; }
    /// With one page of the file destroyed, if one is named.
    [[nodiscard]] fs::path put_into(const test::TemporaryDirectory& directory, std::size_t destroyed = 0) const {
        std::string file = file_;
        if (destroyed > 0) std::fill_n(file.begin() + static_cast<std::ptrdiff_t>((destroyed - 1) * page_bytes), page_bytes, '\xA5');
        const auto path = directory / "killed.db";
        std::ofstream(path, std::ios::binary) << file;
        std::ofstream(log_of(path), std::ios::binary) << log_;
        return path;
    }

private:
    std::string file_;
    std::string log_;
};

TEST_CASE("a record costs one page of log, not one more for the accounts") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const auto store = open(path);
    constexpr RecordId count = 60;
    for (RecordId id = 1; id <= count; ++id)
        REQUIRE(store->append(Record{id, {"t", "21.5", Qos::at_least_once, false}, Durability::process}));
    CHECK(Killed(path).log_pages() < count + count / 4);
}

TEST_CASE("after a kill the accounts count what came since they were written, and go on from there") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const auto store = open(path);
    const RecordId count = GENERATE(1U, 2U, 50U, 500U);
    for (RecordId id = 1; id <= count; ++id) REQUIRE(store->append(record_of(id, 100)));
    REQUIRE(store->remove({1}, Removal::delivered));
    for (RecordId id = count + 1; id <= 2 * count; ++id) REQUIRE(store->append(record_of(id, 100)));
    const test::TemporaryDirectory elsewhere;
    const auto copy = Killed(path).put_into(elsewhere);
    for (int life = 0; life < 3; ++life) {
        const auto next = open(copy);
        CHECK(next->accounts().accepted == 2 * count);
        CHECK(next->accounts().delivered == 1);
        CHECK(next->accounts().corrupt == 0);
        CHECK(next->last_id() == 2 * count);
        CHECK(test::balance(next->accounts()));
    }
}

TEST_CASE("what a page destroyed after a kill has lost is counted") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const auto store = open(path);
    constexpr RecordId count = 700;
    for (RecordId id = 1; id <= count; ++id) {
        REQUIRE(store->append(record_of(id, 200)));
        if (id == count / 2) REQUIRE(store->remove({1, 2, 3}, Removal::delivered));
    }
    const Killed killed(path);
    REQUIRE(killed.log_pages() > 5);
    REQUIRE(killed.pages() > 20);
    std::size_t uncounted = 0;
    for (std::size_t page = 2; page <= killed.pages(); ++page) {
        INFO("page " << page);
        const test::TemporaryDirectory elsewhere;
        const auto next = open(killed.put_into(elsewhere, page));
        const auto& accounts = next->accounts();
        REQUIRE(test::balance(accounts));
        const bool begins_again = accounts.delivered == 0;
        CHECK((begins_again || accounts.waiting + accounts.corrupt == accounts.accepted - 3));
        if (!begins_again && accounts.accepted != count) ++uncounted;
    }
    // Without the page that leads to all others what is in the log cannot be reached either.
    CHECK(uncounted <= 1);
}

TEST_CASE("the time in the file is never more than a second behind what came") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const auto store = open(path);
    TimeMark mark{5'000, 7, 100, 1'000, true};
    for (RecordId id = 1; id <= 300; ++id) {
        mark.age += static_cast<Age>(id % 40) * 10;
        store->set_time(mark);
        REQUIRE(store->append(record_of(id, 30)));
        if (id % 50 != 0) continue;
        const test::TemporaryDirectory elsewhere;
        const auto next = open(Killed(path).put_into(elsewhere));
        CHECK(next->time().age > mark.age - 1'000);
        CHECK(next->time().boot == 7);
    }
    mark.boot = 8;
    mark.is_wall_synchronised = false;
    store->set_time(mark);
    REQUIRE(store->append(record_of(301, 30)));
    const test::TemporaryDirectory elsewhere;
    const auto next = open(Killed(path).put_into(elsewhere));
    CHECK(next->time().boot == 8);
    CHECK_FALSE(next->time().is_wall_synchronised);
}

}  // namespace
}  // namespace muster::store

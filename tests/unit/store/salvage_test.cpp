// SPDX-License-Identifier: Apache-2.0
// A damaged outbox: nothing wrong is ever handed out, what can be saved is saved, the rest is counted.
#include "store/salvage.hpp"

#include "base/files.hpp"
#include "store/sqlite_store.hpp"
#include "support/records.hpp"
#include "support/seeded_random.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <string>

namespace muster::store {
namespace {

namespace fs = std::filesystem;
using test::record_of;

constexpr RecordId count = 300;
constexpr std::size_t page = 4'096;

std::string make_outbox(const fs::path& path, std::size_t payload) {
    {
        auto store = SqliteStore::open(path, OutboxLimits{});
        REQUIRE(store);
        for (RecordId id = 1; id <= count; ++id) REQUIRE((*store)->append(record_of(id, payload)));
        REQUIRE((*store)->remove({1, 2, 3}, Removal::delivered));
    }
    return base::load_file(path, 1U << 24U).value();
}

void put(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::vector<fs::path> set_aside(const fs::path& directory) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.path().filename().string().find(".corrupt-") != std::string::npos) found.push_back(entry.path());
    }
    return found;
}

// Reads everything, class by class; every record must be exactly as it was stored, but that nothing expires after the accounts were lost.
std::size_t read_all_of(RecordStore& store, Priority priority, std::size_t payload) {
    std::size_t read = 0;
    RecordId after = 0;
    // All at once first, so that rows that no index leads to are missed.
    if (!store.read({priority}, count)) FAIL("the class cannot be read");
    while (true) {
        const auto records = store.read({priority, after}, 50);
        if (!records) FAIL(records.error().message());
        if (records->empty()) return read;
        for (auto record : *records) {
            auto stored = record_of(record.id, payload);
            if (record.expires == 0 && store.accounts().delivered == 0) stored.expires = 0;
            if (!test::same(record, stored)) FAIL("record " << record.id << " is silently wrong");
            if (record.id <= after || record.id > count) FAIL("record " << record.id << " is out of order");
            after = record.id;
            ++read;
        }
    }
}

std::size_t read_all(RecordStore& store, std::size_t payload) {
    std::size_t read = 0;
    for (std::size_t i = 0; i < priority_count; ++i) read += read_all_of(store, static_cast<Priority>(i), payload);
    return read;
}

TEST_CASE("of 3000 flipped bits none goes unnoticed: what is read is right, what is lost is counted") {
    const auto seed = GENERATE(1U, 2U);
    const std::size_t payload = seed == 1 ? 64 : 1'024;
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const std::string whole = make_outbox(path, payload);
    test::SeededRandom random(seed);
    int refused = 0;
    int harmless = 0;
    std::size_t lost = 0;
    for (int flip = 0; flip < 1'500; ++flip) {
        std::string damaged = whole;
        const std::uint64_t bit = base::draw_up_to(random, damaged.size() * 8 - 1);
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        put(path, damaged);
        INFO("seed " << seed << " flip " << flip << " bit " << bit << " of byte " << bit / 8);
        {
            auto store = SqliteStore::open(path, OutboxLimits{});
            if (!store) {
                // The header no longer says that it is ours.
                INFO(store.error().message());
                CHECK(bit / 8 < 100);
                CHECK((store.error().code() == Code::corrupt || store.error().code() == Code::invalid_argument));
                CHECK((base::load_file(path, 1U << 24U).value() == damaged));
                ++refused;
                continue;
            }
            const std::size_t read = read_all(**store, payload);
            const Accounts& accounts = (*store)->accounts();
            REQUIRE(test::balance(accounts));
            CHECK(accounts.waiting == read);
            // The accounts' own row may be what was hit; then they begin again with what is there.
            const bool begins_again = accounts.delivered == 0;
            CHECK((begins_again || accounts.accepted == count));
            CHECK((begins_again || read + accounts.corrupt == count - 3));
            lost += count - 3 - read;
            harmless += read == count - 3 && accounts.accepted == count ? 1 : 0;
        }
        for (const auto& file : set_aside(directory.path())) fs::remove(file);
    }
    WARN(1'500 << " flips, payload " << payload << ": 0 silent, " << harmless << " harmless, " << refused << " refused, " << lost
               << " records lost and counted");
    CHECK(lost > 0);  // Or the flips hit nothing, and this proves nothing.
}

TEST_CASE("a destroyed page is set aside with its file, and the records around it live on") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const std::string whole = make_outbox(path, 200);
    const std::size_t pages = whole.size() / page;
    REQUIRE(pages > 8);
    std::size_t mostly_saved = 0;
    for (std::size_t hit = 1; hit < pages; ++hit) {
        std::string damaged = whole;
        std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(hit * page), page, '\xA5');
        put(path, damaged);
        INFO("page " << hit + 1);
        {
            auto store = SqliteStore::open(path, OutboxLimits{});
            REQUIRE(store);
            const std::size_t read = read_all(**store, 200);
            const Accounts& accounts = (*store)->accounts();
            REQUIRE(test::balance(accounts));
            CHECK(accounts.waiting == read);
            CHECK((accounts.delivered == 0 || accounts.corrupt == count - 3 - read));
            // All but the records of one page; only without the page that leads to all others nothing can be reached.
            if (read > count - 30) ++mostly_saved;
            REQUIRE((*store)->append(record_of(count + 1, 200)));
        }
        const auto aside = set_aside(directory.path());
        for (const auto& file : aside) {
            CHECK((base::load_file(file, 1U << 24U).value() == damaged));
            fs::remove(file);
        }
    }
    CHECK(mostly_saved == pages - 2);
}

TEST_CASE("what was only in the log is saved too") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const auto copy = directory / "copy" / "o.db";
    REQUIRE(fs::create_directory(directory / "copy"));
    fs::permissions(directory / "copy", fs::perms::owner_all);
    auto store = SqliteStore::open(path, OutboxLimits{});
    REQUIRE(store);
    for (RecordId id = 1; id <= 20; ++id) REQUIRE((*store)->append(record_of(id, 30)));
    // As a killed process leaves it: file and log.
    fs::copy_file(path, copy);
    fs::copy_file(path.string() + "-wal", copy.string() + "-wal");
    REQUIRE(fs::file_size(copy.string() + "-wal") > 0);
    REQUIRE(salvage(copy));
    CHECK(set_aside(directory / "copy").size() == 2);
    auto saved = SqliteStore::open(copy, OutboxLimits{});
    REQUIRE(saved);
    CHECK(read_all(**saved, 30) == 20);
    CHECK((*saved)->accounts().accepted == 20);
    CHECK((*saved)->accounts().corrupt == 0);
}

TEST_CASE("a truncated file gives what is left of it") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    const std::string whole = make_outbox(path, 200);
    for (std::size_t pages = 1; pages < whole.size() / page; pages += 3) {
        put(path, whole.substr(0, pages * page + 17));
        auto store = SqliteStore::open(path, OutboxLimits{});
        INFO(pages << " pages");
        REQUIRE(store);
        read_all(**store, 200);
        CHECK(test::balance((*store)->accounts()));
        store = Error{Code::stopped, "closed"};
        CHECK_FALSE(set_aside(directory.path()).empty());
        for (const auto& file : set_aside(directory.path())) fs::remove(file);
    }
}

}  // namespace
}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// Which rows are done, begun or failed, over runs and edited lists.
#include "bulk/run_record.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

namespace muster::cli::bulk {
namespace {

class Run {
public:
    Run(const test::TemporaryDirectory& directory, const std::string& content) {
        FleetListOptions options;
        options.file = directory / "fleet.csv";
        std::ofstream(options.file) << content;
        auto check = FleetCheck::of(options);
        REQUIRE(check);
        auto journal = Journal::open(directory / "journal", {"device enroll", "acme", "/"}, Journal::Start::resume);
        REQUIRE(journal);
        record.emplace(std::move(*journal), *check);
        REQUIRE(record->resume(*check));
    }
    std::optional<RunRecord> record;
};

FleetRow row(std::uint64_t number, const std::string& id) {
    return {number, number + 2, id, "", id};  // The only column of its list.
}

JournalEntry outcome(const std::string& id, RowStatus status) {
    JournalEntry entry;
    entry.id = id;
    entry.status = status;
    return entry;
}

TEST_CASE("the last word on each device counts in the next run, wherever its row is then") {
    const test::TemporaryDirectory directory;
    {
        Run run(directory, "id\na\nb\nc\n");
        REQUIRE(run.record->record(row(0, "a"), outcome("a", RowStatus::failed)));
        REQUIRE(run.record->record(row(1, "b"), outcome("b", RowStatus::ok)));
        REQUIRE(run.record->record(row(0, "a"), outcome("a", RowStatus::ok)));
    }
    Run run(directory, "id\nnew\nb\na\n");
    CHECK(run.record->status_of(0) == RowStatus::pending);
    CHECK(run.record->status_of(1) == RowStatus::ok);
    CHECK(run.record->status_of(2) == RowStatus::ok);
    CHECK(run.record->count(RowStatus::ok) == 2);
    CHECK(run.record->entry_of(2)->id == "a");
}

TEST_CASE("a row that was edited since it was done is done again") {
    const test::TemporaryDirectory directory;
    {
        Run run(directory, "id,name\na,x\nb,y\n");
        auto first = row(0, "a");
        first.raw = "a,x";
        auto second = row(1, "b");
        second.raw = "b,y";
        REQUIRE(run.record->mark_begun(first));
        REQUIRE(run.record->record(first, outcome("a", RowStatus::ok)));
        REQUIRE(run.record->record(second, outcome("b", RowStatus::ok)));
    }
    Run run(directory, "id,name\na,edited\nb,y\n");
    CHECK(run.record->status_of(0) == RowStatus::pending);
    CHECK_FALSE(run.record->is_begun(0));
    CHECK(run.record->status_of(1) == RowStatus::ok);
}

TEST_CASE("a row stays begun through failures and runs, until it comes out well") {
    const test::TemporaryDirectory directory;
    {
        Run run(directory, "id\na\n");
        CHECK_FALSE(run.record->is_begun(0));
        REQUIRE(run.record->mark_begun(row(0, "a")));
        REQUIRE(run.record->record(row(0, "a"), outcome("a", RowStatus::failed)));
    }
    Run run(directory, "id\na\n");
    CHECK(run.record->is_begun(0));
    CHECK(run.record->status_of(0) == RowStatus::failed);
    REQUIRE(run.record->record(row(0, "a"), outcome("a", RowStatus::ok)));
    CHECK_FALSE(run.record->is_begun(0));
}

}  // namespace
}  // namespace muster::cli::bulk

// SPDX-License-Identifier: Apache-2.0
// What a run has done is known to the next one, whatever ended it.
#include "bulk/journal.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace muster::cli::bulk {
namespace {

const JournalOwner owner{"device enroll", "acme", "/srv/identities"};

JournalEntry entry_for(const std::string& id, RowStatus status) {
    JournalEntry entry;
    entry.line = 7;
    entry.id = id;
    entry.status = status;
    if (status == RowStatus::failed) {
        entry.code = "denied";
        entry.error = "no \"way\"\n";
    }
    if (status == RowStatus::ok) entry.serial = "AB12";
    return entry;
}

std::vector<std::string> replayed(Journal& journal) {
    std::vector<std::string> ids;
    REQUIRE(journal.replay([&](const JournalEntry& entry, Journal::Offset offset) {
        CHECK(journal.at(offset)->id == entry.id);
        ids.push_back(entry.id + (entry.status == RowStatus::ok ? "+" : entry.status == RowStatus::failed ? "-" : "?"));
    }));
    return ids;
}

Result<Journal> resumed(const std::filesystem::path& file) {
    return Journal::open(file, owner, Journal::Start::resume);
}

TEST_CASE("entries are there for the next run, in their order") {
    const test::TemporaryDirectory directory;
    {
        auto journal = resumed(directory / "j");
        REQUIRE(journal);
        CHECK(replayed(*journal).empty());
        REQUIRE(journal->append(entry_for("a", RowStatus::begun)));
        REQUIRE(journal->append(entry_for("a", RowStatus::ok)));
        const auto offset = journal->append(entry_for("b", RowStatus::failed));
        REQUIRE(offset);
        CHECK(journal->at(*offset)->error == "no \"way\"\n");
        CHECK(journal->at(*offset)->code == "denied");
    }
    auto journal = resumed(directory / "j");
    REQUIRE(journal);
    CHECK(replayed(*journal) == std::vector<std::string>{"a?", "a+", "b-"});
    struct stat status {};
    REQUIRE(::stat((directory / "j").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("a torn last line is cut off, wherever it was torn") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "j";
    REQUIRE(resumed(file)->append(entry_for("a", RowStatus::ok)));
    const auto whole = std::filesystem::file_size(file);
    REQUIRE(resumed(file)->append(entry_for("b", RowStatus::ok)));
    for (auto size = std::filesystem::file_size(file) - 1; size > whole; --size) {
        std::filesystem::resize_file(file, size);
        auto journal = resumed(file);
        REQUIRE(journal);
        CHECK(replayed(*journal) == std::vector<std::string>{"a+"});
        CHECK(std::filesystem::file_size(file) == whole);
        REQUIRE(journal->append(entry_for("b", RowStatus::ok)));
        CHECK(replayed(*journal) == std::vector<std::string>{"a+", "b+"});
    }
}

TEST_CASE("a damaged line costs itself only") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "j";
    REQUIRE(resumed(file)->append(entry_for("a", RowStatus::ok)));
    std::ofstream(file, std::ios::app) << "{\"line\":\n[1]\n{\"line\":3,\"id\":\"x\",\"status\":\"odd\"}\n";
    REQUIRE(resumed(file)->append(entry_for("b", RowStatus::ok)));
    auto journal = resumed(file);
    CHECK(replayed(*journal) == std::vector<std::string>{"a+", "b+"});
}

TEST_CASE("another run's journal is refused, and left as it is unless it is begun anew") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "j";
    REQUIRE(resumed(file)->append(entry_for("a", RowStatus::ok)));
    const auto other = Journal::open(file, {"device enroll", "other", "/srv/identities"}, Journal::Start::resume);
    CHECK(other.error().code() == Code::conflict);
    {
        auto same = resumed(file);
        CHECK(replayed(*same) == std::vector<std::string>{"a+"});
    }
    auto anew = Journal::open(file, owner, Journal::Start::anew);
    REQUIRE(anew);
    CHECK(replayed(*anew).empty());
}

TEST_CASE("a file that is no journal is left as it is, whatever is asked for") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "notes.txt";
    std::ofstream(file) << "my notes\n";
    CHECK(resumed(file).error().code() == Code::corrupt);
    CHECK(Journal::open(file, owner, Journal::Start::anew).error().code() == Code::corrupt);
    CHECK(std::filesystem::file_size(file) == 9);
}

TEST_CASE("a journal is one run's at a time, and nobody else may write to it") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "j";
    {
        const auto first = resumed(file);
        REQUIRE(first);
        CHECK(resumed(file).error().code() == Code::in_use);
    }
    std::filesystem::permissions(file, std::filesystem::perms::others_write, std::filesystem::perm_options::add);
    CHECK(resumed(file).error().code() == Code::unsafe_file);
}

}  // namespace
}  // namespace muster::cli::bulk

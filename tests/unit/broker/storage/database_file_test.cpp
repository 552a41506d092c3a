// SPDX-License-Identifier: Apache-2.0
#include "storage/database_file.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

using namespace muster;
using namespace muster::testbroker::storage;

namespace {

constexpr DatabaseKind kind{"notebook", 77, 2};

void make_notebook(const std::filesystem::path& path, const std::string& settings) {
    auto opened = open_database_file(path, kind);
    REQUIRE(opened.ok());
    CHECK(opened->format == 0);
    REQUIRE(opened->connection.execute(("CREATE TABLE notes(text TEXT) STRICT; " + settings).c_str()).ok());
}

Error refusal_of(const std::filesystem::path& path) {
    auto opened = open_database_file(path, kind);
    REQUIRE(!opened.ok());
    return std::move(opened).error();
}

}  // namespace

TEST_CASE("a database file is opened in the format that it was left in") {
    const test::TemporaryDirectory directory;
    make_notebook(directory / "a.db", "PRAGMA application_id = 77; PRAGMA user_version = 1");
    auto opened = open_database_file(directory / "a.db", kind);
    REQUIRE(opened.ok());
    CHECK(opened->format == 1);
}

TEST_CASE("whatever keeps a database file from being opened is told with its path and what to do") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "a.db";
    SECTION("another application's") {
        make_notebook(path, "PRAGMA application_id = 78; PRAGMA user_version = 1");
        CHECK(refusal_of(path).message().find("not a notebook") != std::string::npos);
    }
    SECTION("a newer format") {
        make_notebook(path, "PRAGMA application_id = 77; PRAGMA user_version = 3");
        CHECK(refusal_of(path).code() == Code::invalid_argument);
    }
    SECTION("damaged") {
        make_notebook(path, "PRAGMA application_id = 77; PRAGMA user_version = 1");
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4'096);  // The second page, which holds the table.
        file << std::string(64, '\x5A');
        file.close();
        CHECK(refusal_of(path).code() == Code::corrupt);
        CHECK(refusal_of(path).hint().find("aside") != std::string::npos);
    }
    const Error error = refusal_of(path);
    CHECK(error.message().find(path.string()) != std::string::npos);
    CHECK(error.message().find('\n') == std::string::npos);
    CHECK(!error.hint().empty());
}

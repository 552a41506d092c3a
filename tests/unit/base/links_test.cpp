// SPDX-License-Identifier: Apache-2.0
// Links are switched whole, and folders come and go whole.
#include "base/links.hpp"

#include "base/files.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <iterator>

namespace muster::base {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a link takes the place of a file, and another link that of the first") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "current";
    REQUIRE(store_file(path, "plain\n", Access::everyone_reads, Existing::replace));
    CHECK_FALSE(read_link(path));
    REQUIRE(replace_link(path, "generations/1"));
    CHECK(read_link(path) == fs::path("generations/1"));
    REQUIRE(replace_link(path, "generations/2"));
    CHECK(read_link(path) == fs::path("generations/2"));
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a link that cannot be put in place leaves nothing behind") {
    const test::TemporaryDirectory directory;
    fs::create_directory(directory / "current");
    CHECK_FALSE(replace_link(directory / "current", "generations/1"));
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
    CHECK(replace_link(directory / "none" / "current", "x").error().code() == Code::not_found);
}

TEST_CASE("a folder moves whole, and not over another one that holds something") {
    const test::TemporaryDirectory directory;
    for (const char* name : {"next", "2"}) {
        fs::create_directory(directory / name);
        REQUIRE(store_file(directory / name / "file", name, Access::everyone_reads, Existing::replace));
    }
    CHECK_FALSE(move_folder(directory / "next", directory / "2"));
    CHECK(*load_file(directory / "2" / "file") == "2");
    REQUIRE(move_folder(directory / "next", directory / "3"));
    CHECK(*load_file(directory / "3" / "file") == "next");
}

TEST_CASE("a folder is removed with its files, and its absence is no failure") {
    const test::TemporaryDirectory directory;
    fs::create_directory(directory / "old");
    REQUIRE(store_file(directory / "old" / "file", "x", Access::owner_only, Existing::replace));
    REQUIRE(remove_folder(directory / "old"));
    CHECK_FALSE(fs::exists(directory / "old"));
    CHECK(remove_folder(directory / "old"));
    fs::create_directories(directory / "deep" / "deeper");
    CHECK_FALSE(remove_folder(directory / "deep"));
}

}  // namespace
}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Room kept on the disk.
#include "store/ballast.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace muster::store {
namespace {

TEST_CASE("a ballast takes real blocks of the disk, for its owner alone") {
    const test::TemporaryDirectory directory;
    Ballast ballast(directory / "b");
    REQUIRE(ballast.hold());
    struct stat status {};
    REQUIRE(::stat((directory / "b").c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 >= 1 << 20);
    CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("a released ballast is gone, once, and can be made again") {
    const test::TemporaryDirectory directory;
    Ballast ballast(directory / "b");
    REQUIRE(ballast.hold());
    CHECK(ballast.release());
    CHECK_FALSE(std::filesystem::exists(directory / "b"));
    CHECK_FALSE(ballast.release());
    CHECK(ballast.hold());
    CHECK(std::filesystem::exists(directory / "b"));
}

TEST_CASE("what an earlier run kept can be released without being held first") {
    const test::TemporaryDirectory directory;
    REQUIRE(Ballast(directory / "b").hold());
    CHECK(Ballast(directory / "b").release());
    CHECK_FALSE(std::filesystem::exists(directory / "b"));
}

TEST_CASE("a ballast is not made through a symbolic link") {
    const test::TemporaryDirectory directory;
    REQUIRE(::symlink((directory / "elsewhere").c_str(), (directory / "b").c_str()) == 0);
    CHECK_FALSE(Ballast(directory / "b").hold());
    CHECK_FALSE(std::filesystem::exists(directory / "elsewhere"));
}

}  // namespace
}  // namespace muster::store

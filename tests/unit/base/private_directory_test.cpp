// SPDX-License-Identifier: Apache-2.0
// Directories for secrets belong to their owner alone (files.hpp, make_private_directory).
#include "base/files.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace muster::base {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

TEST_CASE("a private directory and its parents are the owner's, whatever the umask is") {
    for (const mode_t mask : {0000U, 0022U, 0777U}) {
        const test::TemporaryDirectory directory;
        const mode_t before = ::umask(mask);
        const auto made = make_private_directory(directory / "a" / "b" / "c");
        ::umask(before);
        REQUIRE(made);
        CHECK(mode_of(directory / "a") == 0700U);
        CHECK(mode_of(directory / "a" / "b") == 0700U);
        CHECK(mode_of(directory / "a" / "b" / "c") == 0700U);
        CHECK(make_private_directory(directory / "a" / "b" / "c"));
    }
}

TEST_CASE("a slash at the end of a private directory's name changes nothing") {
    const test::TemporaryDirectory directory;
    REQUIRE(make_private_directory((directory / "a" / "b").string() + "/"));
    CHECK(mode_of(directory / "a" / "b") == 0700U);
}

TEST_CASE("a directory that others can write to is refused with the command that mends it") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "shared";
    fs::create_directory(path);
    for (const mode_t mode : {0770U, 0707U, 01777U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        const auto made = make_private_directory(path);
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == Code::unsafe_file);
        CHECK(made.error().hint() == "chmod 700 " + path.string());
    }
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    CHECK(make_private_directory(path));
    CHECK(mode_of(path) == 0755U);
}

TEST_CASE("what is in the way of a private directory is an error, not a loop") {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "file") << "x";
    CHECK(make_private_directory(directory / "file").error().code() == Code::conflict);
    CHECK(make_private_directory(directory / "file" / "sub").error().code() == Code::io);
    REQUIRE(::symlink((directory / "nowhere").c_str(), (directory / "dangling").c_str()) == 0);
    CHECK_FALSE(make_private_directory(directory / "dangling"));
    CHECK_FALSE(make_private_directory(directory / "dangling" / "sub"));
    CHECK_FALSE(make_private_directory(""));
}

}  // namespace
}  // namespace muster::base

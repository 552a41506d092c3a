// SPDX-License-Identifier: Apache-2.0
// One owner at a time.
#include "base/file_lock.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace muster::base {
namespace {

TEST_CASE("a held lock is refused, even inside the same process, until it ends") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "lock";
    {
        auto first = FileLock::acquire(path);
        REQUIRE(first);
        const auto second = FileLock::acquire(path);
        REQUIRE_FALSE(second);
        CHECK(second.error().code() == Code::in_use);
        CHECK(second.error().message().find(path.string()) != std::string::npos);

        const FileLock moved(std::move(*first));
        CHECK_FALSE(FileLock::acquire(path));
    }
    CHECK(FileLock::acquire(path));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("a directory is locked without a file in it, also where nothing may be written") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "identity";
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    {
        const auto first = FileLock::acquire_directory(path);
        REQUIRE(first);
        CHECK(FileLock::acquire_directory(path).error().code() == Code::in_use);
        CHECK(std::filesystem::is_empty(path));
    }
    CHECK(FileLock::acquire_directory(path));
    CHECK(FileLock::acquire_directory(directory / "none").error().code() == Code::not_found);
}

TEST_CASE("a killed process holds no lock") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "lock";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto lock = FileLock::acquire(path);
        const char held = lock ? 'y' : 'n';
        if (::write(ready[1], &held, 1) == 1) ::pause();
        ::_exit(1);
    }
    char held = 0;
    REQUIRE(::read(ready[0], &held, 1) == 1);
    CHECK(held == 'y');
    CHECK_FALSE(FileLock::acquire(path));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(FileLock::acquire(path));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("a lock is not made through a symbolic link") {
    const test::TemporaryDirectory directory;
    REQUIRE(::symlink((directory / "elsewhere").c_str(), (directory / "lock").c_str()) == 0);
    CHECK_FALSE(FileLock::acquire(directory / "lock"));
    CHECK_FALSE(std::filesystem::exists(directory / "elsewhere"));
}

}  // namespace
}  // namespace muster::base

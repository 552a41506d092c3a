// SPDX-License-Identifier: Apache-2.0
// Files are whole or not there, and secrets are their owner's alone.
#include "base/files.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

namespace muster::base {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

void write_plainly(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

std::ptrdiff_t entries_in(const fs::path& directory) {
    return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

/// Sets the process's umask for a scope.
class Umask {
public:
    explicit Umask(mode_t mask) : before_(::umask(mask)) {}
    ~Umask() { ::umask(before_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

private:
    mode_t before_;
};

TEST_CASE("a stored file has its mode whatever the umask is, and comes back byte by byte") {
    const test::TemporaryDirectory directory;
    const std::string content("binary\0\xFF\n", 9);
    for (const mode_t mask : {0000U, 0022U, 0777U}) {
        const Umask scope(mask);
        REQUIRE(store_file(directory / "secret", content, Access::owner_only, Existing::replace));
        REQUIRE(store_file(directory / "public", content, Access::everyone_reads, Existing::replace));
        CHECK(mode_of(directory / "secret") == 0600U);
        CHECK(mode_of(directory / "public") == 0644U);
    }
    CHECK(*load_secret_file(directory / "secret") == content);
    CHECK(*load_file(directory / "public") == content);
    CHECK(entries_in(directory.path()) == 2);
}

TEST_CASE("an existing file is refused untouched, or replaced whole") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "file";
    REQUIRE(store_file(path, "old", Access::everyone_reads, Existing::refuse));
    const auto refused = store_file(path, "new", Access::owner_only, Existing::refuse);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::conflict);
    CHECK_THAT(refused.error().message(), Catch::Contains(path.string()));
    CHECK(*load_file(path) == "old");
    CHECK(mode_of(path) == 0644U);

    REQUIRE(store_file(path, "new", Access::owner_only, Existing::replace));
    CHECK(*load_file(path) == "new");
    CHECK(mode_of(path) == 0600U);
    CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("a symbolic link in the way is not followed") {
    const test::TemporaryDirectory directory;
    const auto link = directory / "link";
    const auto target = directory / "target";
    REQUIRE(::symlink(target.c_str(), link.c_str()) == 0);
    const auto refused = store_file(link, "content", Access::owner_only, Existing::refuse);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::conflict);
    CHECK_FALSE(fs::exists(target));

    write_plainly(target, "another's");
    REQUIRE(store_file(link, "content", Access::owner_only, Existing::replace));
    CHECK(fs::is_regular_file(fs::symlink_status(link)));
    CHECK(*load_file(target) == "another's");
}

TEST_CASE("a secret that others can touch is refused with the command that mends it") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "key";
    REQUIRE(store_file(path, "secret", Access::owner_only, Existing::refuse));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0644U, 0666U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        const auto loaded = load_secret_file(path);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().code() == Code::unsafe_file);
        CHECK(loaded.error().hint() == "chmod 600 " + path.string());
        CHECK(load_file(path));
    }
    for (const mode_t mode : {0600U, 0400U, 0700U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        CHECK(load_secret_file(path));
    }
}

TEST_CASE("what cannot be read says what it is") {
    const test::TemporaryDirectory directory;
    CHECK(load_file(directory / "missing").error().code() == Code::not_found);
    CHECK_THAT(load_file(directory / "missing").error().message(), Catch::Contains((directory / "missing").string()));
    CHECK_THAT(load_file(directory.path()).error().message(), Catch::Contains("not a regular file"));
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    CHECK_THAT(load_file(directory / "fifo").error().message(), Catch::Contains("not a regular file"));
    CHECK(load_file("/dev/null").error().code() == Code::io);
    CHECK(load_file(directory / std::string(5'000, 'x')).error().code() == Code::io);
    REQUIRE(::symlink("loop", (directory / "loop").c_str()) == 0);
    CHECK(load_file(directory / "loop").error().code() == Code::io);
    CHECK(load_file("").error().code() == Code::not_found);
}

TEST_CASE("a file is read up to the limit and not beyond") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "file";
    write_plainly(path, std::string(100'000, 'x'));
    CHECK(load_file(path, 100'000)->size() == 100'000);
    CHECK(load_file(path, 99'999).error().code() == Code::too_large);
    write_plainly(path, "");
    CHECK(load_file(path, 0)->empty());
    // A file of /proc says that it has no bytes, and has some.
    CHECK_FALSE(load_file("/proc/self/status")->empty());
}

TEST_CASE("a file that cannot be put there leaves nothing behind") {
    const test::TemporaryDirectory directory;
    CHECK(store_file(directory / "missing" / "file", "x", Access::owner_only, Existing::replace).error().code() == Code::not_found);
    fs::create_directory(directory / "occupied");
    write_plainly(directory / "occupied" / "file", "x");
    CHECK(store_file(directory / "occupied", "x", Access::owner_only, Existing::replace).error().code() == Code::io);
    CHECK(store_file(directory / "occupied", "x", Access::owner_only, Existing::refuse).error().code() == Code::conflict);
    CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("a write that fails in the middle keeps the old file and leaves nothing behind") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "file";
    REQUIRE(store_file(path, "old", Access::owner_only, Existing::refuse));
    // The limit stands for any failing write; it is a child's, so that this process keeps none.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4'096, 4'096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto stored = store_file(path, std::string(100'000, 'x'), Access::owner_only, Existing::replace);
        ::_exit(!stored && stored.error().code() == Code::io ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(*load_file(path) == "old");
    CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("a full disk is told apart, keeps the old file and leaves nothing behind") {
    const test::TemporaryDirectory directory;
    if (::mount("muster-test", directory.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
        WARN("no right to mount a small tmpfs here: only the translation of ENOSPC is tested");
        CHECK(system_error(ENOSPC, "cannot write", "file").code() == Code::no_space);
        return;
    }
    const auto path = directory / "file";
    const auto first = store_file(path, "old", Access::owner_only, Existing::refuse);
    const auto second = store_file(path, std::string(200'000, 'x'), Access::owner_only, Existing::replace);
    const auto kept = load_file(path);
    const auto count = entries_in(directory.path());
    ::umount2(directory.path().c_str(), MNT_DETACH);

    CHECK(first);
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::no_space);
    CHECK_THAT(second.error().message(), Catch::Contains(path.string()));
    REQUIRE(kept);
    CHECK(*kept == "old");
    CHECK(count == 1);
}

TEST_CASE("an errno becomes the code that programs decide on") {
    CHECK(system_error(ENOENT, "cannot open", "x").code() == Code::not_found);
    CHECK(system_error(EEXIST, "cannot create", "x").code() == Code::conflict);
    CHECK(system_error(ENOSPC, "cannot write", "x").code() == Code::no_space);
    CHECK(system_error(EDQUOT, "cannot write", "x").code() == Code::no_space);
    CHECK(system_error(EROFS, "cannot write", "x").code() == Code::io);
    CHECK(system_error(EACCES, "cannot open", "/a/b").message() == "cannot open /a/b: Permission denied");
}

}  // namespace
}  // namespace muster::base

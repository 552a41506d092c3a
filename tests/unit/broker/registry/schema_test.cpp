// SPDX-License-Identifier: Apache-2.0
#include "registry/schema.hpp"

#include "opened_registry.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

using namespace muster;
using namespace muster::testbroker::registry;

namespace {

std::filesystem::perms mode_of(const std::filesystem::path& path) {
    return std::filesystem::status(path).permissions();
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_private(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void run_sql(const std::filesystem::path& path, const char* sql) {
    auto connection = Connection::open(path);
    REQUIRE(connection.ok());
    REQUIRE(connection->execute(sql).ok());
}

Error refusal_of(const std::filesystem::path& path) {
    auto opened = open_database(path);
    REQUIRE(!opened.ok());
    return std::move(opened).error();
}

}  // namespace

TEST_CASE("the registry's files can be read by their owner only, whatever the umask") {
    const ::mode_t before = ::umask(0);
    const test::TemporaryDirectory directory;
    auto connection = open_database(directory / "registry.db");
    ::umask(before);
    REQUIRE(connection.ok());
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
        ++files;
        CHECK(mode_of(entry.path()) == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    }
    CHECK(files >= 1);
}

TEST_CASE("a registry that others can read is refused") {
    const test::TemporaryDirectory directory;
    { REQUIRE(open_database(directory / "registry.db").ok()); }
    std::filesystem::permissions(directory / "registry.db", std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    const auto error = refusal_of(directory / "registry.db");
    CHECK(error.code() == Code::unsafe_file);
    CHECK(error.hint().find("chmod 600") == 0);
}

TEST_CASE("a file that is no database is refused and left as it is") {
    const test::TemporaryDirectory directory;
    const std::string content = "these are somebody's notes\n" + std::string(5'000, 'x');
    write_private(directory / "registry.db", content);
    CHECK(refusal_of(directory / "registry.db").code() == Code::corrupt);
    CHECK(content_of(directory / "registry.db") == content);
}

TEST_CASE("a database of another application is refused and left as it is") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "registry.db";
    write_private(path, "");
    run_sql(path, "CREATE TABLE notes(text)");
    const auto before = content_of(path);
    const auto error = refusal_of(path);
    CHECK(error.code() == Code::corrupt);
    CHECK(error.message().find("another application") != std::string::npos);
    CHECK(content_of(path) == before);
}

TEST_CASE("a registry of a newer version is refused and left as it is") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "registry.db";
    { REQUIRE(open_database(path).ok()); }
    run_sql(path, "PRAGMA user_version = 1000");
    const auto before = content_of(path);
    const auto error = refusal_of(path);
    CHECK(error.code() == Code::invalid_argument);
    CHECK(error.message().find("newer") != std::string::npos);
    CHECK(content_of(path) == before);
}

TEST_CASE("a damaged registry is refused") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "registry.db";
    { REQUIRE(open_database(path).ok()); }
    auto content = content_of(path);
    REQUIRE(content.size() > 8'192);
    // The second page holds the first table: its header becomes nonsense.
    content.replace(4'096, 64, std::string(64, '\x5A'));
    write_private(path, content);
    CHECK(refusal_of(path).code() == Code::corrupt);
}

TEST_CASE("a truncated registry is refused") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "registry.db";
    { REQUIRE(open_database(path).ok()); }
    std::filesystem::resize_file(path, 4'096);
    CHECK(refusal_of(path).code() == Code::corrupt);
}

TEST_CASE("a symbolic link in the registry's place is not followed") {
    const test::TemporaryDirectory directory;
    write_private(directory / "elsewhere", "");
    std::filesystem::create_symlink(directory / "elsewhere", directory / "registry.db");
    CHECK(!open_database(directory / "registry.db").ok());
    CHECK(content_of(directory / "elsewhere").empty());
}

TEST_CASE("a row without what it belongs to cannot be stored") {
    const test::TemporaryDirectory directory;
    auto connection = open_database(directory / "registry.db");
    REQUIRE(connection.ok());
    CHECK(!connection->execute("INSERT INTO devices(tenant, id, registered_at) VALUES('nobody', 'press-01', 0)").ok());
    CHECK(connection->execute("INSERT INTO tenants VALUES('acme', 'flat', 'pem', 'sha', 0, 0, 0, 2160, 0)").ok());
    CHECK(connection->execute("INSERT INTO devices(tenant, id, registered_at) VALUES('acme', 'press-01', 0)").ok());
    CHECK(!connection->execute("DELETE FROM tenants").ok());
}

TEST_CASE("a registry another program has locked is in use") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "registry.db";
    auto first = open_database(path);
    REQUIRE(first.ok());
    // Without the directory's lock, SQLite's own is what a second one meets.
    CHECK(refusal_of(path).code() == Code::in_use);
}

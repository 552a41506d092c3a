// SPDX-License-Identifier: Apache-2.0
// Looks at a file before anything of it is changed.
#include "storage/database_file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace muster::testbroker::storage {
namespace {

// locking_mode before the first access: the log's index then lives in memory, and no second connection can write or checkpoint, which
// is what SQLite's WAL-reset bug (before 3.51.3) needs. synchronous=FULL: what is committed is on the disk.
constexpr const char* settings_sql = R"(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 4194304;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;)";

constexpr int busy_timeout_ms = 2'000;  // Somebody may be looking at the file with the sqlite3 shell.

std::string aside(const std::filesystem::path& path) {
    return "move " + path.string() + " aside, or name another directory";
}

Result<void> ensure_private_file(const std::filesystem::path& path, const DatabaseKind& kind) {
    const std::string what = "the " + std::string(kind.name);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot open " + what, path);
    struct stat status {};
    const bool examined = ::fstat(fd, &status) == 0;
    const int number = errno;
    ::close(fd);
    if (!examined) return base::system_error(number, "cannot examine " + what, path);
    if (!S_ISREG(status.st_mode)) return Error{Code::corrupt, path.string() + " is not a regular file", aside(path)};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Code::unsafe_file, path.string() + " can be accessed by others than its owner", "chmod 600 " + path.string()};
    return {};
}

// Which format it has; 0: an empty file, to become one of the kind.
Result<std::int64_t> check_identity(Connection& connection, const std::filesystem::path& path, const DatabaseKind& kind) {
    const auto objects = query_integer(connection, "SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.error();
    const auto id = query_integer(connection, "PRAGMA application_id");
    if (!id) return id.error();
    const auto version = query_integer(connection, "PRAGMA user_version");
    if (!version) return version.error();
    if (*objects == 0 && *id == 0 && *version == 0) return 0;
    if (*id != kind.application_id)
        return Error{Code::corrupt, path.string() + " is a database of another application, not a " + std::string(kind.name), aside(path)};
    if (*version > kind.newest_format)
        return Error{Code::invalid_argument,
                     path.string() + " has format " + std::to_string(*version) + ", made by a newer muster; this one knows " +
                         std::to_string(kind.newest_format),
                     "run the newer muster, or name another directory"};
    if (*version < 1) return Error{Code::corrupt, path.string() + " has the unknown format " + std::to_string(*version), aside(path)};
    return *version;
}

Result<void> check_integrity(Connection& connection, const std::filesystem::path& path) {
    Statement statement(connection, "PRAGMA quick_check(1)");
    auto row = statement.next();
    if (!row) return std::move(row).error();
    // Several lines if there is much to say.
    const std::string verdict = statement.bytes(0);
    if (verdict == "ok") return {};
    return Error{Code::corrupt, path.string() + " is damaged: " + verdict.substr(verdict.rfind('\n') + 1), aside(path)};
}

}  // namespace

Result<OpenedDatabase> open_database_file(const std::filesystem::path& path, const DatabaseKind& kind) {
    if (auto file = ensure_private_file(path, kind); !file) return std::move(file).error();
    auto connection = Connection::open(path);
    if (!connection) return std::move(connection).error();
    sqlite3_busy_timeout(connection->get(), busy_timeout_ms);
    const auto format = check_identity(*connection, path, kind);
    if (!format) return format.error();
    // Only at the beginning: it writes, which a file that may be damaged is spared.
    if (*format == 0) {
        if (auto set = connection->execute("PRAGMA auto_vacuum = INCREMENTAL"); !set) return std::move(set).error();
    }
    if (auto set = connection->execute(settings_sql); !set) return std::move(set).error();
    if (*format != 0) {
        if (auto sound = check_integrity(*connection, path); !sound) return std::move(sound).error();
    }
    return OpenedDatabase{std::move(connection).value(), *format};
}

}  // namespace muster::testbroker::storage

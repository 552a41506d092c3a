// SPDX-License-Identifier: Apache-2.0
// A copy of an outbox, to look at.
#include "store/store_copy.hpp"

#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "store/outbox_file.hpp"
#include "store/sqlite_store.hpp"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace muster::store {
namespace {

namespace fs = std::filesystem;

constexpr auto copy_name = "outbox";

fs::path beside(const fs::path& path, const char* suffix) {
    return path.string() + suffix;
}

bool has_content(const fs::path& path) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    return !failed && size > 0;
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

// Of a path that may name nothing; nothing is made.
Result<fs::path> find(const fs::path& path) {
    if (!path.has_filename()) return Error{Code::not_found, "'" + path.string() + "' is the name of no file"};
    std::error_code failed;
    const fs::path directory = fs::canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), failed);
    if (failed) return base::system_error(failed.value(), "cannot find the directory of", path);
    return directory / path.filename();
}

// Why there is no outbox.
Error nothing_at(const fs::path& path) {
    if (is_there(path)) return {Code::corrupt, path.string() + " is no outbox: it is empty", "name the file that outbox_path names"};
    if (has_content(log_of(path))) {
        return {Code::not_found, path.string() + " is not there, and only its log " + log_of(path).string() + " is",
                "put the file back beside it: neither says anything without the other"};
    }
    return {Code::not_found, "there is no outbox " + path.string(), "name the file that outbox_path names"};
}

Result<void> check_is_there(const fs::path& path) {
    auto kind = examine(path);
    if (!kind) return std::move(kind).error();
    // A new one may be whole and not in its place yet.
    if (*kind == FileKind::none && !has_content(beside(path, ".ready"))) return nothing_at(path);
    return {};
}

// Only where somebody has held it before: nothing is made here.
Result<std::optional<base::FileLock>> lock(const fs::path& path) {
    const fs::path name = beside(path, ".lock");
    if (!is_there(name)) return std::optional<base::FileLock>();
    auto held = base::FileLock::acquire(name);
    if (held) return std::optional<base::FileLock>(std::move(*held));
    if (held.error().code() != Code::in_use) return std::move(held).error();
    return Error{Code::in_use, path.string() + " is in use by another process",
                 "stop the device first; while it runs, its status has the counts"};
}

Result<void> copy_if_there(const fs::path& from, const fs::path& to) {
    if (!is_there(from)) return {};
    std::error_code failed;
    fs::copy_file(from, to, failed);
    if (failed) return base::system_error(failed.value(), "cannot copy", from);
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, failed);
    if (failed) return base::system_error(failed.value(), "cannot set the mode of", to);
    return {};
}

}  // namespace

Result<std::unique_ptr<StoreCopy>> StoreCopy::make(const fs::path& path) {
    auto found = find(path);
    if (!found) return std::move(found).error();
    if (auto there = check_is_there(*found); !there) return std::move(there).error();
    auto held = lock(*found);
    if (!held) return std::move(held).error();

    std::error_code failed;
    std::string directory = (fs::temp_directory_path(failed) / "muster-outbox-XXXXXX").string();
    if (failed || ::mkdtemp(directory.data()) == nullptr) return base::system_error(errno, "cannot make a temporary directory", directory);
    auto made = std::unique_ptr<StoreCopy>(new StoreCopy(directory));
    const fs::path name = made->directory_ / copy_name;
    for (const char* suffix : {"", "-wal", ".ready"}) {
        if (auto copied = copy_if_there(beside(*found, suffix), beside(name, suffix)); !copied) return std::move(copied).error();
    }
    auto store = SqliteStore::open(name, OutboxLimits{});
    if (!store) return std::move(store).error().in("a copy of " + path.string());
    made->store_ = std::move(*store);
    return made;
}

StoreCopy::~StoreCopy() {
    store_.reset();
    std::error_code ignored;  // Nobody is left to tell.
    fs::remove_all(directory_, ignored);
}

bool StoreCopy::is_damaged() const {
    std::error_code ignored;
    const std::string set_aside = std::string(copy_name) + ".corrupt-";
    for (auto entry = fs::directory_iterator(directory_, ignored); entry != fs::directory_iterator(); entry.increment(ignored)) {
        if (entry->path().filename().string().rfind(set_aside, 0) == 0) return true;
    }
    return false;
}

Result<std::unique_ptr<RecordStore>> open_existing(const fs::path& path) {
    auto found = find(path);
    if (!found) return std::move(found).error();
    if (auto there = check_is_there(*found); !there) return std::move(there).error();
    return SqliteStore::open(*found, OutboxLimits{});
}

}  // namespace muster::store

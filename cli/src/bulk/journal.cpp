// SPDX-License-Identifier: Apache-2.0
// The journal of a run over a list, as JSON lines.
#include "bulk/journal.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

namespace muster::cli::bulk {
namespace {

using Json = nlohmann::json;

constexpr int version = 1;
// An error says less than this, and a line that never ends is no journal's.
constexpr std::size_t max_line_bytes = 64U << 10U;
constexpr std::size_t max_error_bytes = 1'000;

std::string text(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string dump(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr std::array<std::string_view, 4> status_names{"pending", "begun", "ok", "failed"};

RowStatus status_named(std::string_view name) {
    const auto* found = std::find(status_names.begin(), status_names.end(), name);
    return found == status_names.end() ? RowStatus::pending : static_cast<RowStatus>(found - status_names.begin());
}

std::string to_line(const JournalEntry& entry) {
    Json object{{"line", entry.line}, {"id", entry.id}, {"ts", std::time(nullptr)}};
    object["status"] = status_names[static_cast<std::size_t>(entry.status)];
    if (!entry.code.empty()) object["code"] = entry.code;
    if (!entry.error.empty()) object["error"] = entry.error.substr(0, max_error_bytes);
    if (!entry.serial.empty()) object["serial"] = entry.serial;
    if (!entry.not_after.empty()) object["not_after"] = entry.not_after;
    if (!entry.row.empty()) object["row"] = entry.row;
    if (entry.http_status != 0) object["http_status"] = entry.http_status;
    if (!entry.change.empty()) object["change"] = entry.change;
    if (!entry.expires.empty()) object["expires"] = entry.expires;
    return dump(object);
}

// Pending if the line is no entry.
JournalEntry parse_line(const std::string& line) {
    const Json object = Json::parse(line, nullptr, false);
    JournalEntry entry;
    if (!object.is_object() || !object.contains("line") || !object["line"].is_number_unsigned()) return entry;
    entry.line = object["line"].get<std::uint64_t>();
    entry.id = text(object, "id");
    entry.status = status_named(text(object, "status"));
    entry.code = text(object, "code");
    entry.error = text(object, "error");
    entry.serial = text(object, "serial");
    entry.not_after = text(object, "not_after");
    entry.row = text(object, "row");
    entry.change = text(object, "change");
    entry.expires = text(object, "expires");
    if (const auto status = object.find("http_status"); status != object.end() && status->is_number_unsigned())
        entry.http_status = status->get<unsigned>();
    return entry;
}

Json to_json(const JournalOwner& owner) {
    Json header{{"journal", "muster " + owner.operation}, {"version", version}, {"tenant", owner.tenant}};
    header.update(
        {{"directory", owner.directory}, {"context", owner.context}, {"target", owner.target}, {"list_sha256", owner.list_sha256}});
    return header;
}

// An edited list is the same run's. Older journals name neither context nor target.
bool is_same_run(const Json& header, const JournalOwner& owner) {
    const auto is = [&](const char* key, const std::string& expected) { return !header.contains(key) || text(header, key) == expected; };
    return text(header, "journal") == "muster " + owner.operation && header.value("version", 0) == version &&
           text(header, "tenant") == owner.tenant && text(header, "directory") == owner.directory && is("context", owner.context) &&
           is("target", owner.target);
}

Error another_runs(const std::filesystem::path& file, const Json& header, const JournalOwner& owner) {
    const std::string begin =
        "the journal " + file.string() + " is of `" + text(header, "journal") + "` for the tenant '" + text(header, "tenant") + "'";
    const bool is_elsewhere = text(header, "tenant") == owner.tenant && text(header, "directory") == owner.directory;
    std::string what = text(header, "directory").empty() ? begin : begin + " into " + text(header, "directory");
    if (is_elsewhere && text(header, "context") != owner.context)
        what = begin + " in the context '" + text(header, "context") + "'";
    else if (is_elsewhere && text(header, "target") != owner.target)
        what = begin + " of another broker, or one that has been made anew since";
    return {Code::conflict, what, "give --journal FILE for a run of its own, or --no-resume to begin anew"};
}

int open_nameless() {
    std::error_code ignored;
    std::string name = (std::filesystem::temp_directory_path(ignored) / "muster-journal-XXXXXX").string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) ::unlink(name.c_str());
    return fd;
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& file, const JournalOwner& owner, Start start) {
    const int fd =
        file.empty() ? open_nameless() : ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot open the journal", file);
    Journal journal(file, fd);
    if (auto begun = journal.begin(owner, start); !begun) return std::move(begun).error();
    return journal;
}

std::string Journal::operation_of(const std::filesystem::path& file) {
    std::string line;
    constexpr std::string_view prefix = "muster ";
    if (std::error_code ignored; !std::filesystem::is_regular_file(file, ignored)) return {};
    std::ifstream in(file);
    if (!std::getline(in, line) || line.size() > max_line_bytes) return {};
    const Json header = Json::parse(line, nullptr, false);
    const std::string name = header.is_object() ? text(header, "journal") : std::string();
    return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : std::string();
}

Journal::Journal(Journal&& other) noexcept
    : file_(std::move(other.file_)), fd_(std::exchange(other.fd_, -1)), end_(other.end_), first_entry_(other.first_entry_) {}

Journal::~Journal() {
    if (fd_ >= 0) ::close(fd_);
}

Result<void> Journal::begin(const JournalOwner& owner, Start start) {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return base::system_error(errno, "cannot examine the journal", file_);
    if (!S_ISREG(status.st_mode)) return Error{Code::corrupt, "the journal " + file_.string() + " is not a regular file"};
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Error{Code::unsafe_file, "others can write to the journal " + file_.string(), "chmod 600 " + file_.string()};
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
        return Error{Code::in_use, "another run has the journal " + file_.string() + " open", "wait for its end, or stop it"};
    end_ = static_cast<Offset>(status.st_size);
    if (auto cut = cut_torn_line(); !cut) return cut;
    if (end_ > 0) {
        auto line = line_at(0);
        if (!line) return std::move(line).error();
        first_entry_ = line->size() + 1;
        const Json header = Json::parse(*line, nullptr, false);
        if (!header.is_object() || text(header, "journal").rfind("muster ", 0) != 0)
            return Error{Code::corrupt, file_.string() + " is no journal of muster's", "name another with --journal"};
        if (start == Start::resume && !is_same_run(header, owner)) return another_runs(file_, header, owner);
        if (start == Start::resume) return {};
    }
    if (::ftruncate(fd_, 0) != 0) return base::system_error(errno, "cannot empty the journal", file_);
    end_ = 0;
    if (auto written = write_line(dump(to_json(owner))); !written) return written;
    first_entry_ = end_;
    return sync();
}

// A crash of the machine may leave half a line at the end.
Result<void> Journal::cut_torn_line() {
    std::array<char, 4'096> chunk{};
    Offset end = end_;
    while (end > 0) {
        const Offset begin = end - std::min<Offset>(end, chunk.size());
        const auto count = ::pread(fd_, chunk.data(), end - begin, static_cast<off_t>(begin));
        if (count != static_cast<ssize_t>(end - begin))
            return base::system_error(count < 0 ? errno : EIO, "cannot read the journal", file_);
        const auto last = std::string_view(chunk.data(), end - begin).rfind('\n');
        if (last != std::string_view::npos) {
            end = begin + last + 1;
            break;
        }
        end = begin;
    }
    if (end == end_) return {};
    if (::ftruncate(fd_, static_cast<off_t>(end)) != 0) return base::system_error(errno, "cannot mend the journal", file_);
    end_ = end;
    return {};
}

Result<void> Journal::replay(const OnEntry& on_entry) {
    std::string pending;
    Offset line_begin = first_entry_;
    std::vector<char> chunk(256U << 10U);
    for (Offset offset = first_entry_; offset < end_;) {
        const auto count = ::pread(fd_, chunk.data(), std::min<Offset>(chunk.size(), end_ - offset), static_cast<off_t>(offset));
        if (count <= 0) return base::system_error(count < 0 ? errno : EIO, "cannot read the journal", file_);
        offset += static_cast<Offset>(count);
        std::string_view rest(chunk.data(), static_cast<std::size_t>(count));
        for (auto at = rest.find('\n'); at != std::string_view::npos; at = rest.find('\n')) {
            pending += rest.substr(0, at);
            rest.remove_prefix(at + 1);
            const auto entry = parse_line(pending);
            if (entry.status != RowStatus::pending) on_entry(entry, line_begin);
            line_begin += pending.size() + 1;
            pending.clear();
        }
        pending += rest;
    }
    return {};
}

Result<Journal::Offset> Journal::append(const JournalEntry& entry) {
    const Offset offset = end_;
    if (auto written = write_line(to_line(entry)); !written) return std::move(written).error();
    return offset;
}

Result<void> Journal::write_line(const std::string& line) {
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto written = ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(end_ + line.size() - rest.size()));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return base::system_error(errno, "cannot write the journal", file_);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    end_ += line.size();
    return {};
}

Result<std::string> Journal::line_at(Offset offset) const {
    std::string line(max_line_bytes, '\0');
    const auto count = ::pread(fd_, line.data(), line.size(), static_cast<off_t>(offset));
    if (count < 0) return base::system_error(errno, "cannot read the journal", file_);
    line.resize(static_cast<std::size_t>(count));
    line.resize(std::min(line.find('\n'), line.size()));
    return line;
}

Result<JournalEntry> Journal::at(Offset offset) const {
    auto line = line_at(offset);
    if (!line) return std::move(line).error();
    return parse_line(*line);
}

Result<void> Journal::sync() {
    if (::fdatasync(fd_) != 0) return base::system_error(errno, "cannot sync the journal", file_);
    return {};
}

}  // namespace muster::cli::bulk

// SPDX-License-Identifier: Apache-2.0
// What has become of each row so far, so that an interrupted run goes on where it stopped.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace muster::cli::bulk {

/// Begun: the row was given what can be used once only, and what came of that is not known.
enum class RowStatus : std::uint8_t { pending, begun, ok, failed };

struct JournalEntry {
    std::uint64_t line = 0;  ///< Of the list, when it was run.
    std::string id;
    RowStatus status = RowStatus::pending;
    std::string code;  ///< If it failed: the error's.
    std::string error;
    std::string serial;  ///< If it is ok: the certificate's.
    std::string not_after;
    std::string row = {};      ///< The row as it was, hashed; empty: not known.
    unsigned http_status = 0;  ///< 0: not known.
    std::string change = {};   ///< If it is ok: what it made of the device, where that is told.
    std::string expires = {};  ///< If it is ok: until when its one-time password can be used.
};

/// Whose journal it is: another operation, tenant or directory has another one.
struct JournalOwner {
    std::string operation;
    std::string tenant;
    std::string directory;
    std::string context = {};      ///< The name of the context in use; empty: none.
    std::string target = {};       ///< What tells the tenant from another of its name, elsewhere or later; empty: nothing does.
    std::string list_sha256 = {};  ///< Of the list when the journal was begun. It may be edited meanwhile.
};

/// A file of JSON lines with mode 0600, to which entries are only added. What `append` has written survives the end of the process, and
/// after `sync` that of the machine. No secret is in it.
/// Threads: one at a time. One process has it open.
class Journal {
public:
    enum class Start : std::uint8_t { resume, anew };
    /// Makes the file if there is none; an empty name stands for a file that goes with the process. What a crash left of its last line is
    /// cut off. Fails with Code::conflict if the journal is another owner's, Code::corrupt if the file is no journal, Code::in_use,
    /// Code::unsafe_file, Code::io, Code::no_space.
    static Result<Journal> open(const std::filesystem::path& file, const JournalOwner& owner, Start start);
    /// Of which operation a file is the journal; empty if there is none, or it is none. As JournalOwner has it.
    [[nodiscard]] static std::string operation_of(const std::filesystem::path& file);
    Journal(Journal&& other) noexcept;
    Journal& operator=(Journal&&) = delete;
    ~Journal();

    /// Where an entry is in the file.
    using Offset = std::uint64_t;
    using OnEntry = std::function<void(const JournalEntry& entry, Offset offset)>;
    /// All entries, the oldest first. Lines that are damaged are passed over. Fails with Code::io.
    Result<void> replay(const OnEntry& on_entry);
    Result<Offset> append(const JournalEntry& entry);
    [[nodiscard]] Result<JournalEntry> at(Offset offset) const;
    Result<void> sync();

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
    Journal(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}
    Result<void> begin(const JournalOwner& owner, Start start);
    Result<void> cut_torn_line();
    Result<void> write_line(const std::string& line);
    [[nodiscard]] Result<std::string> line_at(Offset offset) const;

    std::filesystem::path file_;
    int fd_;
    Offset end_ = 0;
    Offset first_entry_ = 0;
};

}  // namespace muster::cli::bulk

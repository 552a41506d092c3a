// SPDX-License-Identifier: Apache-2.0
// What a program does to a folder, system call by system call, and what a power cut in between may leave of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace muster::test {

/// One call that changes files of the folder, or a mark of the program's own.
struct DiskCall {
    enum class Kind : std::uint8_t { create, write, resize, sync, rename, remove, mark };
    Kind kind = Kind::mark;
    std::string file;      ///< Its name in the folder.
    std::uint64_t at = 0;  ///< Where it is written, the new size, or how many marks there are.
    std::string bytes;     ///< What is written, or the new name.
};
using DiskJournal = std::vector<DiskCall>;
using Files = std::map<std::string, std::string>;  ///< Content by name.

/// Does the work and writes down its calls, of SQLite as well. The ballast, which nobody reads, is left out. No call syncs anything in
/// this program: the machine itself loses no power.
[[nodiscard]] DiskJournal journal_of(const std::filesystem::path& folder, const std::function<void()>& work);
/// What the program has promised so far is to be found in every state from here on.
void mark();

enum class Syncs : std::uint8_t {
    work,
    of_logs_do_nothing,  ///< As with SQLite's synchronous=NORMAL.
    do_nothing,
};

/// Calls `look` with every state that a power cut may leave, after any call of the journal, and the marks that were set by then. Names are
/// kept in their order, as by file systems with a journal. What was written since a file's last sync is all there, not there at all,
/// there but for one write, but one write alone, torn between sectors of 512 bytes, or any part of it, by chance. States that look the
/// same are shown once; returns how many there were.
std::size_t enumerate_states(const Files& start, const DiskJournal& journal, Syncs syncs,
                             const std::function<void(const Files&, std::uint64_t marks)>& look);

}  // namespace muster::test

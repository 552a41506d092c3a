// SPDX-License-Identifier: Apache-2.0
// A disk on which the nth system call goes wrong, for this program and every library in it.
#pragma once

#include <cstdint>
#include <functional>

namespace muster::test {

enum class Mishap : std::uint8_t {
    kill,          ///< The process is killed before the call.
    kill_halfway,  ///< The same, in the middle of a write.
    power_cut,     ///< Killed, and what was written to a file since its last sync is undone.
    eio,           ///< The call fails, once.
    enospc,
    eio_for_good,  ///< This call fails and every one after it.
    enospc_for_good,
};

enum class SyncCalls : std::uint8_t { work, do_nothing };

struct Misfortune {
    Mishap mishap = Mishap::kill;
    int at = 0;  ///< The call, from 1; 0: none.
    SyncCalls syncs = SyncCalls::work;
};

/// Runs `work` in a child process that meets the misfortune. Says how many calls there were if it came to its end, 0 if it was killed.
/// The calls are those that change a disk: open of a new file, write, pwrite, fsync, fdatasync, ftruncate, fallocate, rename, unlink,
/// mkdir.
[[nodiscard]] int run_with(const Misfortune& misfortune, const std::function<void()>& work);

/// A write that is not counted: the child's reports.
void say_uncounted(int fd, const void* data, std::size_t size);

}  // namespace muster::test

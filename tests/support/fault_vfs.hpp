// SPDX-License-Identifier: Apache-2.0
// A disk that is full or broken when the test says so, for every SQLite file of this process.
#pragma once

#include <cstdint>

namespace muster::test {

/// While one is alive, SQLite's default file system is this one: the real one, with faults. At most one at a time.
/// Threads: one.
class FaultVfs {
public:
    FaultVfs();
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    /// From now on files (together, also the ones that are there) cannot grow beyond `bytes`, as on a small disk; 0: nothing
    /// can be written at all.
    static void set_capacity(std::uint64_t bytes);
    static void set_unlimited();
    /// The sum of the sizes of the files that are open.
    [[nodiscard]] static std::uint64_t used();
    /// The `n`th sync from now (1: the next) fails, once; 0: none.
    static void fail_sync(int n);
    /// The `n`th write from now (1: the next) fails, once; 0: none.
    static void fail_write(int n);
    /// Syncs since the beginning.
    [[nodiscard]] static int syncs();
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Room kept on the disk, so that a full disk never stops the outbox from draining.
#pragma once

#include <muster/result.hpp>

#include <filesystem>

namespace muster::store {

/// A preallocated file beside the database. Removing records needs a little space (measured: 256 KiB with our settings); when the disk is
/// full the ballast is given up for it, and nothing new is accepted until it could be made again.
///
///     held -- release() --> released -- hold() succeeds --> held
///
/// Threads: one at a time.
class Ballast {
public:
    explicit Ballast(std::filesystem::path path) : path_(std::move(path)) {}
    /// Makes the file if it is not there. Fails with Code::no_space, Code::io.
    Result<void> hold();
    /// Gives the space back to the disk, also what an earlier run kept; false if there was none.
    bool release();

private:
    std::filesystem::path path_;
    bool held_ = false;
};

}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// Files in one: a tar archive, compressed by gzip.
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace muster::cli::doctor {

struct ArchiveEntry {
    std::string name;  ///< Up to 100 bytes, directories with slashes.
    std::string content;
};

/// A ustar archive (POSIX.1-2017, pax), its files of mode 0600. Fails with Code::internal if zlib does.
Result<std::string> make_tar_gz(const std::vector<ArchiveEntry>& entries, std::chrono::system_clock::time_point time);

}  // namespace muster::cli::doctor

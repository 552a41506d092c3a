// SPDX-License-Identifier: Apache-2.0
// One wait for the disk after many small files.
#pragma once

#include <muster/result.hpp>

#include <filesystem>

namespace muster::cli::bulk {

/// Makes everything that was written to the directory's file system survive a power cut. Fails with Code::io, Code::no_space.
Result<void> sync_file_system(const std::filesystem::path& directory);

}  // namespace muster::cli::bulk

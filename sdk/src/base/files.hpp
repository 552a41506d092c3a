// SPDX-License-Identifier: Apache-2.0
// Files that are whole or not there, and secrets that only their owner can read.
#pragma once

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace muster::base {

enum class Access : std::uint8_t { owner_only, everyone_reads };  // modes 0600 and 0644
enum class Existing : std::uint8_t { refuse, replace };

/// Reads a whole regular file. Fails with Code::not_found, Code::io, Code::too_large (above `max_bytes`).
Result<std::string> load_file(const std::filesystem::path& path, std::size_t max_bytes = 1U << 20U);

/// As load_file, and refuses with Code::unsafe_file a file that group or others can access. The hint is the chmod that mends it.
Result<std::string> load_secret_file(const std::filesystem::path& path, std::size_t max_bytes = 1U << 20U);

/// Writes to a temporary file beside `path` (O_EXCL, O_NOFOLLOW), syncs it, renames it (or links it, for Existing::refuse), syncs the
/// directory: after a crash the old file or the new one is there, whole. Fails with Code::conflict, Code::io, Code::no_space, leaving
/// nothing behind.
Result<void> store_file(const std::filesystem::path& path, std::string_view content, Access access, Existing existing);

/// That a directory is writable by its owner alone. Fails with Code::unsafe_file (the hint is the chmod that mends it), Code::not_found,
/// Code::conflict if it is no directory.
Result<void> check_private_directory(const std::filesystem::path& path);

/// Makes the directory (and its parents) with mode 0700, or checks an existing one as check_private_directory does.
Result<void> make_private_directory(const std::filesystem::path& path);

/// Makes what was created, renamed or removed in the directory survive a power cut. Fails with Code::io.
Result<void> sync_directory(const std::filesystem::path& path);

/// An Error for `errno` values: Code::not_found, no_space, io...; "<what> <path>: <strerror>".
[[nodiscard]] Error system_error(int error_number, std::string_view what, const std::filesystem::path& path);

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Symbolic links that are switched whole, and folders that come and go whole.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <optional>

namespace muster::base {

/// What the link says, unresolved; none if there is nothing or no link of that name.
[[nodiscard]] std::optional<std::filesystem::path> read_link(const std::filesystem::path& path);

/// Makes `path` a symbolic link to `target`, in one step: a file or link of that name is replaced, and after a crash the old one or the new
/// one is there. Synced. Fails with Code::io, Code::no_space.
Result<void> replace_link(const std::filesystem::path& path, const std::filesystem::path& target);

/// Renames a folder whose content is synced to a name that is free beside it, in one step, and syncs. Fails with Code::io, Code::conflict.
Result<void> move_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes a folder and the files in it, if it is there; a folder in it is a Code::io. Not synced: what a crash brings back is removed
/// again.
Result<void> remove_folder(const std::filesystem::path& path);

}  // namespace muster::base

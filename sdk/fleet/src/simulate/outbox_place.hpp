// SPDX-License-Identifier: Apache-2.0
// Where a device's outbox is kept for a later run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fleet {

inline constexpr const char* outbox_suffix = ".outbox";

/// Letters, digits, `-`, `_`, `.` and those of `also` as they are, anything else as %XX: no two texts are one, and none leads elsewhere.
[[nodiscard]] std::string escaped(std::string_view text, std::string_view also = {});
/// Its opposite; of a single `%` the empty text. None: it is no such text.
[[nodiscard]] std::optional<std::string> unescaped(std::string_view text);

/// A file that no other client id has.
[[nodiscard]] std::filesystem::path outbox_place(const std::filesystem::path& directory, std::string_view client_id);

}  // namespace muster::fleet

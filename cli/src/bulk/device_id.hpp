// SPDX-License-Identifier: Apache-2.0
// Which device ids can be enrolled from a list, into a directory each.
#pragma once

#include <string>
#include <string_view>

namespace muster::cli::bulk {

/// In the directory of a whole list, beside the devices' directories.
constexpr std::string_view manifest_name = "SHA256SUMS";

/// Empty if `id` is fine: 1 to 64 of `[A-Za-z0-9._-]`, and a name that a directory can have. The colon that client ids may have ends the
/// user name of HTTP Basic, by which passwords go to an EST server.
[[nodiscard]] std::string why_no_device_id(std::string_view id);

/// The same of an id that is known elsewhere: 1 to 1024 bytes without control characters, nor `+ # /`, which are topics' syntax.
[[nodiscard]] std::string why_no_client_id(std::string_view id);

}  // namespace muster::cli::bulk

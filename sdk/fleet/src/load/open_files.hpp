// SPDX-License-Identifier: Apache-2.0
// The process's limit of open files, before the first of thousands of sockets.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>

namespace muster::fleet {

/// Makes the limit allow so many more than are open now. Fails with Code::io, and a hint how to raise it; `who` needs them.
[[nodiscard]] Result<void> allow_more_open_files(std::uint64_t more, const std::string& who);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Where muster's own diagnostics go: to a function of the caller's, or nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace muster {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Receives one line without its newline. It never holds a payload, a password or a key.
/// Threads: called from muster's own threads, one call at a time per device; it must not block.
using LogSink = std::function<void(LogLevel, std::string_view)>;

}  // namespace muster

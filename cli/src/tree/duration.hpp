// SPDX-License-Identifier: Apache-2.0
// A flag that takes a duration with its unit.
#pragma once

#include "tree/command.hpp"

#include <chrono>
#include <functional>

namespace muster::cli {

/// `500ms`, `10s`, `5m`, `1h`; a bare number is seconds. From 1 ms to 24 h.
void add_duration(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what);

/// The same from 0: of a wait that may be none.
void add_wait(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what);

/// `30d`, `12h`, `90m`. From 1 minute to 100 years.
void add_lifetime(Command& command, const char* flags, std::function<void(std::chrono::seconds)> set, const char* what);

/// `30s`, `90m`, `12h`, `7d`. From 1 ms to 100 years.
void add_age(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what);

}  // namespace muster::cli

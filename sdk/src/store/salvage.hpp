// SPDX-License-Identifier: Apache-2.0
// What can be saved from a damaged outbox.
#pragma once

#include <muster/result.hpp>

#include <filesystem>

namespace muster::store {

/// Copies every record whose checksum holds into a new file, counts the others as corrupt, puts the new file in the place of the damaged
/// one and keeps that as `<path>.corrupt-<seconds since 1970>`, unchanged. If it fails (Code::no_space, Code::io), or the process dies
/// in it, the damaged file is where it was, or the next open ends the work.
Result<void> salvage(const std::filesystem::path& path);

}  // namespace muster::store

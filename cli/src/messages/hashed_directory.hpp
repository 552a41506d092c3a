// SPDX-License-Identifier: Apache-2.0
// A directory of CA certificates, as `openssl rehash` leaves it.
#pragma once

#include <filesystem>
#include <vector>

namespace muster::cli {

/// The certificates that OpenSSL finds there, in the order of their names: `HASH.NUMBER`, every other name it passes over.
[[nodiscard]] std::vector<std::filesystem::path> hashed_certificates(const std::filesystem::path& directory);

}  // namespace muster::cli

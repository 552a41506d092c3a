// SPDX-License-Identifier: Apache-2.0
// The identities of a fleet, as `muster device enroll` leaves them.
#pragma once

#include <muster/fleet/bench.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::bench {

struct Identities {
    std::vector<fleet::BenchCredential> credentials;
    std::string ca_pem;  ///< The first one's trust anchors; empty if it has none.
};

/// The first `wanted` identity directories under `directory`, by name. Fails with Code::not_found if there are fewer.
[[nodiscard]] Result<std::vector<std::filesystem::path>> find_identities(const std::filesystem::path& directory, std::size_t wanted);

/// The first `wanted` identity directories under `directory`, by name. Fails with Code::not_found if there are fewer or one is incomplete,
/// with Code::unsafe_file if others can read a key, with Code::invalid_argument if a certificate names no device.
[[nodiscard]] Result<Identities> load_identities(const std::filesystem::path& directory, std::size_t wanted);

}  // namespace muster::cli::bench

// SPDX-License-Identifier: Apache-2.0
// Keys of a fleet, tried before its devices try them.
#pragma once

#include "load/credential.hpp"

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace muster::fleet {

/// A password; of no file none. Fails as base::load_secret_file() does.
[[nodiscard]] Result<std::string> first_line_of(const std::filesystem::path& file);

/// What is in an identity directory; what cannot be read is empty, and OpenSSL will say so.
[[nodiscard]] TlsIdentity identity_in(const std::filesystem::path& directory, const std::string& key_password);

/// The certificate and key of all devices, opened once: a session of a token for each of them would be dear. None where each device has
/// its own, or none has one. Also then the secret of the first key is tried, before thousands of devices try it: a token locks after a few
/// wrong ones. Fails with Code::denied if that is missing or wrong, and of a key that is all devices' as TlsCredential::parse() does.
[[nodiscard]] Result<std::shared_ptr<TlsCredential>> open_shared_identity(const SimulationPlan& plan);

}  // namespace muster::fleet

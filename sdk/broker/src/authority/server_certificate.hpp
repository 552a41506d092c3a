// SPDX-License-Identifier: Apache-2.0
// The broker's own certificate: kept as long as it serves, made again when it does not.
#pragma once

#include "authority/authority.hpp"
#include "authority/ca_files.hpp"

#include <string>
#include <vector>

namespace muster::testbroker::authority {

/// As Authority::ensure_server_certificate, with `broker.key` and `broker.pem` in `directory`. Fails with Code::invalid_argument if
/// one of `addresses` is neither an IP address nor a host name. `log` is as CaPlan's.
Result<ServerFiles> ensure_server_files(const std::filesystem::path& directory, const std::vector<std::string>& addresses,
                                        const Issuer& root, base::WallTime now, registry::Registry* log = nullptr);

}  // namespace muster::testbroker::authority

// SPDX-License-Identifier: Apache-2.0
// The broker's own certificate: kept as long as it serves, made again when it does not.
#pragma once

#include "authority/authority.hpp"
#include "authority/ca_files.hpp"

#include <filesystem>

namespace muster::testbroker::authority {

/// As Authority::ensure_server_certificate, with `broker.key` and `broker.pem` in `directory`. Fails with Code::invalid_argument if
/// an address is neither an IP address nor a host name, or the lifetime is not 3 s to 397 days. `log` is as CaPlan's.
Result<ServerFiles> ensure_server_files(const std::filesystem::path& directory, const ServerPlan& plan, const Issuer& root,
                                        base::WallTime now, registry::Registry* log = nullptr);

}  // namespace muster::testbroker::authority

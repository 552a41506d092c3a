// SPDX-License-Identifier: Apache-2.0
// One renewal of an identity directory, as `cert renew` does it once and again and again.
#pragma once

#include "commands/commands.hpp"

#include <muster/pki.hpp>

namespace muster::cli {

/// Renews it now, tried at --host where that is given. `trace`, if there is one, is told of what is said. Fails as muster::renew() does.
Result<pki::CertificateInfo> renew_now(const CertRenewOptions& options, const KeyPassword& key_password, Trace* trace);

/// The command of --exec, if there is one.
Result<void> run_after_renewal(const std::string& command);

/// --watch: renews until SIGINT or SIGTERM, which is success.
[[nodiscard]] Exit watch_certificate(const CertRenewOptions& options, Io& io);

}  // namespace muster::cli

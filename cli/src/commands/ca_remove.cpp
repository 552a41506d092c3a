// SPDX-License-Identifier: Apache-2.0
// `muster ca remove`: a tenant trusts a CA no more.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_ca_remove(const CaRemoveOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_trusted_ca(**engine, options.tenant, options.sha256); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before_loss(io, "remove CA " + options.sha256 + " from tenant " + options.tenant)) return *end;
    const auto removed = (*engine)->remove_trusted_ca(options.tenant, options.sha256);
    if (!removed) return io.fail(removed.error());
    io.say("Removed   " + options.sha256);
    return Exit::ok;
}

}  // namespace muster::cli

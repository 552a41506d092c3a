// SPDX-License-Identifier: Apache-2.0
// `muster ca remove`: a tenant trusts a CA no more.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_ca_remove(const CaRemoveOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto removed = (*engine)->remove_trusted_ca(options.tenant, options.sha256);
    if (!removed) return io.fail(removed.error());
    io.say("Removed   " + options.sha256);
    return Exit::ok;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster ca set`: whether a trusted CA's devices are registered by their first connect.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_ca_set(const CaSetOptions& options, OpenEngine open, Io& io) {
    if (!options.auto_register)
        return io.fail(Error{Code::invalid_argument, "nothing to set", "give --auto-register or --no-auto-register"});
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_trusted_ca(**engine, options.tenant, options.sha256); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "change CA " + options.sha256 + " of tenant " + options.tenant)) return *end;
    const auto changed = (*engine)->set_auto_registration(options.tenant, options.sha256, *options.auto_register);
    if (!changed) return io.fail(changed.error());
    io.say("CA        " + changed->sha256 + (changed->auto_register ? "  (registers devices)" : "  (registers no devices)"));
    return Exit::ok;
}

}  // namespace muster::cli

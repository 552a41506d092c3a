// SPDX-License-Identifier: Apache-2.0
// `muster ca set`: whether a trusted CA's devices are registered by their first connect.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_ca_set(const CaSetOptions& options, OpenEngine open, Io& io) {
    if (!options.auto_register)
        return io.fail(Error{Code::invalid_argument, "nothing to set", "give --auto-register or --no-auto-register"});
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto changed = (*engine)->set_auto_registration(options.tenant, options.sha256, *options.auto_register);
    if (!changed) return io.fail(changed.error());
    io.say("CA        " + changed->sha256 + (changed->auto_register ? "  (registers devices)" : "  (registers no devices)"));
    return Exit::ok;
}

}  // namespace muster::cli

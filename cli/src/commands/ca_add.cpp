// SPDX-License-Identifier: Apache-2.0
// `muster ca add`: a tenant trusts a CA from elsewhere to name its devices.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_ca_add(const CaAddOptions& options, OpenEngine open, Io& io) {
    const auto certificate = base::load_file(options.certificate);
    if (!certificate) return io.fail(certificate.error());
    const auto proof = base::load_file(options.proof);
    if (!proof) return io.fail(proof.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.tenant); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "let tenant " + options.tenant + " trust the CA of " + options.certificate.string())) return *end;
    const auto added = (*engine)->add_trusted_ca(options.tenant, *certificate, *proof, options.auto_register.value_or(false));
    if (!added) return io.fail(added.error());
    io.say("Trusted   " + added->subject + "  (" + added->sha256 + ", until " + added->not_after + ")");
    return Exit::ok;
}

}  // namespace muster::cli

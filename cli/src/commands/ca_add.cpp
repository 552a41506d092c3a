// SPDX-License-Identifier: Apache-2.0
// `muster ca add`: a tenant trusts a CA from elsewhere to name its devices.
#include "base/files.hpp"
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_ca_add(const CaAddOptions& options, OpenEngine open, Io& io) {
    const auto certificate = base::load_file(options.certificate);
    if (!certificate) return io.fail(certificate.error());
    const auto proof = base::load_file(options.proof);
    if (!proof) return io.fail(proof.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto added = (*engine)->add_trusted_ca(options.tenant, *certificate, *proof, options.auto_register.value_or(false));
    if (!added) return io.fail(added.error());
    io.say("Trusted   " + added->subject + "  (" + added->sha256 + ", until " + added->not_after + ")");
    return Exit::ok;
}

}  // namespace muster::cli

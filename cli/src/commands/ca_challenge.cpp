// SPDX-License-Identifier: Apache-2.0
// `muster ca challenge`: what a CA signs to prove whose it is.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_ca_challenge(const CaChallengeOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.tenant); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "make a new challenge for tenant " + options.tenant)) return *end;
    const auto challenge = (*engine)->make_ca_challenge(options.tenant);
    if (!challenge) return io.fail(challenge.error());
    io.out << challenge->text << "\n" << std::flush;
    io.say("until " + challenge->expires +
           "; sign a certificate with this CN by the CA, then: muster ca add CA.pem --proof PROOF.pem --tenant " + options.tenant);
    return Exit::ok;
}

}  // namespace muster::cli

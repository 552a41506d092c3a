// SPDX-License-Identifier: Apache-2.0
// `muster key create`: a private key in a file that only its owner can read.
#include "commands/commands.hpp"

#include <muster/pki.hpp>

namespace muster::cli {

Exit run_key_create(const KeyCreateOptions& options, Io& io) {
    const auto overwrite = options.force ? pki::Overwrite::replace : pki::Overwrite::refuse;
    const auto created = pki::create_key(options.out, pki::KeyType::ec_p256, overwrite);
    if (!created) return io.fail(created.error());
    io.say("Key       " + options.out.string() + "  (EC P-256, 0600)");
    return Exit::ok;
}

}  // namespace muster::cli

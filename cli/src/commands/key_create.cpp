// SPDX-License-Identifier: Apache-2.0
// `muster key create`: a private key in a file that only its owner can read, or in a token that a file refers to.
#include "commands/commands.hpp"
#include "secrets.hpp"

#include <muster/key_store.hpp>

namespace muster::cli {

Exit create_key(const KeyCreateOptions& options, const KeyPassword& password, Io& io) {
    const auto overwrite = options.force ? pki::Overwrite::replace : pki::Overwrite::refuse;
    auto store = pki::open_key_store(options.key_store, password);
    if (!store) return io.fail(store.error());
    const auto created = (*store)->create(options.out, pki::KeyType::ec_p256, overwrite);
    if (!created) return io.fail(created.error());
    const bool is_file = options.key_store == "file:";
    io.say("Key       " + options.out.string() + "  (EC P-256, " + (is_file ? "" : "a reference to " + options.key_store + ", ") + "0600)");
    return Exit::ok;
}

Exit run_key_create(const KeyCreateOptions& options, Io& io) {
    return create_key(options, key_password(options.key_password_file, io.in, "--key-password-file"), io);
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster key create`: a private key in a file that only its owner can read, or in a token that a file refers to.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "secrets.hpp"

#include <muster/inspection.hpp>
#include <muster/key_store.hpp>

#include <string>
#include <system_error>

namespace muster::cli {
namespace {

Result<void> check(const KeyCreateOptions& options) {
    if (options.encrypt && options.key_password_file.empty())
        return Error{Code::invalid_argument, "--encrypt needs a password", "give --key-password-file FILE, or - for stdin"};
    if (options.encrypt && options.key_store.rfind("pkcs11:", 0) == 0)
        return Error{Code::invalid_argument, "--encrypt is not for a token, where --key-password-file has the PIN", "leave --encrypt out"};
    if (options.out == "-")
        return Error{Code::invalid_argument, "a private key goes to a file, and '-' is none", "name the file; --public-out - is stdout"};
    std::error_code error;
    const auto same = [&error](const std::filesystem::path& path) { return std::filesystem::weakly_canonical(path, error); };
    if (!options.public_out.empty() && same(options.public_out) == same(options.out))
        return Error{Code::invalid_argument, "--public-out is where the private key goes", "name another file"};
    return {};
}

Exit write_public_key(const KeyCreateOptions& options, const KeyPassword& password, Io& io) {
    const auto key = pki::inspect_key(options.out, password);
    if (!key) return io.fail(key.error());
    if (options.public_out == "-") {
        io.out << key->public_pem << std::flush;
        return Exit::ok;
    }
    const auto stored = base::store_file(options.public_out, key->public_pem, base::Access::everyone_reads, base::Existing::replace);
    if (!stored) return io.fail(stored.error());
    io.say("Public    " + options.public_out);
    return Exit::ok;
}

}  // namespace

Exit create_key(const KeyCreateOptions& options, const KeyPassword& password, Io& io) {
    if (auto checked = check(options); !checked) return io.fail(checked.error());
    const auto type = chosen_type(options.type);
    if (!type) return io.fail(type.error());
    const auto overwrite = options.force ? pki::Overwrite::replace : pki::Overwrite::refuse;
    auto store = pki::open_key_store(options.key_store, password);
    if (!store) return io.fail(store.error());
    const auto created = (*store)->create(options.out, type->type, overwrite);
    if (!created) return io.fail(created.error());
    const bool is_file = options.key_store == "file:";
    io.say("Key       " + options.out.string() + "  (" + type->name + ", " + (is_file ? "" : "a reference to " + options.key_store + ", ") +
           "0600)");
    return options.public_out.empty() ? Exit::ok : write_public_key(options, password, io);
}

Exit run_key_create(const KeyCreateOptions& options, Io& io) {
    // What no token makes is refused without asking for its PIN.
    const auto type = chosen_type(options.type);
    const bool is_for_all = type && type->type == pki::KeyType::ec_p256;
    const auto replaced = options.force ? std::filesystem::path() : options.out;
    return create_key(options, key_password_for(replaced, is_for_all ? options.key_store : "", options.key_password_file, io), io);
}

}  // namespace muster::cli

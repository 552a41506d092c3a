// SPDX-License-Identifier: Apache-2.0
// `muster key inspect`, `muster key public` and `muster csr inspect`: what a key or a request is.
#include "base/files.hpp"
#include "commands/inspection.hpp"
#include "secrets.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {
namespace {

nlohmann::json to_json(const pki::KeyInfo& key) {
    return {{"type", key.type}, {"bits", key.bits}, {"security_bits", key.security_bits}, {"public_key_sha256", key.public_key_sha256}};
}

void print_text(const pki::KeyInfo& key, std::ostream& out) {
    out << "Key         " << key.type << ", " << key.bits << " bits (as strong as " << key.security_bits << " bits)\n"
        << "Public key  " << key.public_key_sha256 << '\n';
}

}  // namespace

Exit run_key_inspect(const KeyInspectOptions& options, Io& io) {
    const auto key = pki::inspect_key(options.file, key_password_for(options.file, "", options.key_password_file, io));
    if (!key) return io.fail(key.error());
    if (io.prints_json())
        io.out << to_json(*key).dump(2) << '\n';
    else
        print_text(*key, io.out);
    io.out.flush();
    return Exit::ok;
}

Exit run_key_public(const KeyInspectOptions& options, Io& io) {
    const auto key = pki::inspect_key(options.file, key_password_for(options.file, "", options.key_password_file, io));
    if (!key) return io.fail(key.error());
    io.out << key->public_pem << std::flush;
    return Exit::ok;
}

Exit run_csr_inspect(const CsrInspectOptions& options, Io& io) {
    const auto pem = base::load_file(options.file);
    if (!pem) return io.fail(pem.error());
    const auto request = pki::inspect_request(*pem);
    if (!request) return io.fail(request.error().in(options.file.string()));
    if (io.prints_json()) {
        auto json = to_json(request->key);
        json["subject"] = request->subject;
        json["signature_ok"] = request->is_signed_by_key;
        io.out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        io.out << "Subject     " << request->subject << '\n'
               << "Signature   " << (request->is_signed_by_key ? "good" : "NOT by its own key") << '\n';
        print_text(request->key, io.out);
    }
    io.out.flush();
    return Exit::ok;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster key inspect`, `muster key public` and `muster csr inspect`: what a key or a request is.
#include "base/files.hpp"
#include "commands/inspection.hpp"
#include "output/records.hpp"
#include "secrets.hpp"

namespace muster::cli {
namespace {

nlohmann::json to_json(const pki::KeyInfo& key) {
    return {{"type", key.type}, {"bits", key.bits}, {"security_bits", key.security_bits}, {"public_key_sha256", key.public_key_sha256}};
}

void print_text(const pki::KeyInfo& key, std::ostream& out) {
    out << "Key         " << key.type << ", " << key.bits << " bits (as strong as " << key.security_bits << " bits)\n"
        << "Public key  " << key.public_key_sha256 << '\n';
}

View key_view() {
    return {"public_key_sha256", {}};
}

}  // namespace

Exit run_key_inspect(const KeyInspectOptions& options, Io& io) {
    const auto key = pki::inspect_key(options.file, key_password_for(options.file, "", options.key_password_file, io));
    if (!key) return io.fail(key.error());
    return print_record(io, to_json(*key), key_view(), [&](std::ostream& out) { print_text(*key, out); });
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
    auto json = to_json(request->key);
    json["subject"] = request->subject;
    json["signature_ok"] = request->is_signed_by_key;
    auto view = key_view();
    view.name_field = "subject";
    return print_record(io, json, view, [&](std::ostream& out) {
        out << "Subject     " << request->subject << '\n'
            << "Signature   " << (request->is_signed_by_key ? "good" : "NOT by its own key") << '\n';
        print_text(request->key, out);
    });
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster ca init`: a root CA and an issuing CA in a new directory, without any server.
#include "commands/ca_directory.hpp"
#include "output/time.hpp"
#include "secrets.hpp"

#include <muster/issuer.hpp>

namespace muster::cli {
namespace {

Result<void> say_ca(const std::filesystem::path& certificate, const std::filesystem::path& key, const char* label, const Io& io) {
    const auto made = pki::load_certificates(certificate);
    if (!made) return made.error();
    io.say(std::string(label) + certificate.string() + "  (" + made->front().subject + ", expires " + rfc3339(made->front().not_after) +
           ")");
    io.say("Key       " + key.string() + "  (0600)");
    return {};
}

}  // namespace

Exit run_ca_init(const CaInitOptions& options, Io& io) {
    const auto type = chosen_type(options.type);
    if (!type) return io.fail(type.error());
    pki::CaOptions ca;
    ca.name = options.name;
    ca.key_type = type->type;
    ca.root_lifetime = options.root_lifetime;
    ca.issuing_lifetime = options.issuing_lifetime;
    ca.password = key_password(options.key_password_file, io.in, "--key-password-file");
    if (const auto made = pki::create_ca(options.directory, ca); !made) return io.fail(made.error());
    const auto files = pki::CaFiles::in(options.directory);
    if (const auto said = say_ca(files.root, files.root_key, "Root      ", io); !said) return io.fail(said.error());
    if (const auto said = say_ca(files.issuing, files.issuing_key, "Issuing   ", io); !said) return io.fail(said.error());
    io.say("Next      muster ca sign --ca-cert " + files.issuing.string() + " --ca-key " + files.issuing_key.string() + " --csr ...");
    if (options.key_password_file.empty()) io.warn("the keys are not encrypted; --key-password-file FILE would encrypt them");
    return Exit::ok;
}

}  // namespace muster::cli

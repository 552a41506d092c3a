// SPDX-License-Identifier: Apache-2.0
// The flags of ca init and ca show.
#include "commands/ca_directory.hpp"
#include "tree/duration.hpp"
#include "tree/key_type.hpp"
#include "tree/tree.hpp"

namespace muster::cli {

void add_ca_directory_commands(Command& ca) {
    add_command<CaInitOptions>(
        ca, "init", "Make a root CA and an issuing CA in a new directory, without any server",
        [](Command& command, CaInitOptions& options) {
            command.has_no_dry_run();
            command.add_option("DIR", options.directory, "The directory to make: root.pem, root.key, issuing.pem, issuing.key").required();
            command.add_option("--name", options.name, "Whose they are: the subjects are CN=NAME root CA and CN=NAME issuing CA")
                .required();
            add_key_type(command, options.type, "Of both keys: ec (default), rsa or ed25519");
            command.add_option("--key-password-file", options.key_password_file,
                               "File of mode 0600 with the password that encrypts both keys; - is stdin");
            add_lifetime(
                command, "--not-after", [&options](auto lifetime) { options.root_lifetime = lifetime; },
                "How long the root lives (default: 3650d)");
            add_lifetime(
                command, "--issuing-not-after", [&options](auto lifetime) { options.issuing_lifetime = lifetime; },
                "How long the issuing CA lives (default: 1825d), at most as long as the root");
            command.examples(
                "muster ca init factory-ca --name Acme --key-password-file ca.password\n"
                "muster ca sign --ca-cert factory-ca/issuing.pem --ca-key factory-ca/issuing.key \\\n"
                "    --ca-key-password-file ca.password --csr press-01.csr --out press-01.crt");
        });
    add_command<CaShowOptions>(ca, "show", "Show the CAs of such a directory, or of a PEM file",
                               [](Command& command, CaShowOptions& options) {
                                   command.add_option("PLACE", options.place, "The directory, or the file").required();
                                   command.examples("muster ca show factory-ca -o table");
                               });
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The flags of csr sign, which is ca sign as well.
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {

void add_sign_command(Command& group) {
    const std::string example = "muster " + group.name() +
                                " sign --csr press-01.csr --ca-cert factory.pem --ca-key factory.key \\\n"
                                "    --not-after 30d --out press-01.crt";
    add_command<CsrSignOptions>(
        group, "sign", "Sign a PKCS#10 request with a CA whose key is at hand", [&example](Command& command, CsrSignOptions& options) {
            command.has_no_dry_run();
            command.add_option("--csr", options.csr, "The request, as PEM; - is stdin").show_default();
            command.add_option("--ca-cert", options.ca_cert, "The CA's certificate, as PEM").required();
            command.add_option("--ca-key", options.ca_key, "Its key, a file of mode 0600").required();
            command.add_option("--ca-key-password-file", options.ca_key_password_file,
                               "File of mode 0600 with the key's password, if it has one");
            add_lifetime(
                command, "--not-after", [&options](std::chrono::seconds lifetime) { options.lifetime = lifetime; },
                "How long the certificate lives (default: 90d), at most as long as the CA's");
            command
                .add_choice("--profile", options.is_server, {{"device", false}, {"server", true}},
                            "device, for TLS clients (default), or server")
                .type_name("PROFILE");
            command.add_option("-T,--tenant", options.tenant, "A device's: its certificate says URI:urn:muster:TENANT:ID as well");
            command.add_option("--san", options.alt_names, "A server's name: DNS:NAME or IP:ADDRESS; may be repeated");
            command.add_option("--out", options.out, "Where to write the certificate as PEM; - is stdout").show_default();
            command.examples(example);
        });
}

}  // namespace muster::cli

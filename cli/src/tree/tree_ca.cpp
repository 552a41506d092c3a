// SPDX-License-Identifier: Apache-2.0
// The flags of ca.
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_admin(Command& command, std::string& admin) {
    command.add_option("--admin", admin, "The broker's admin socket, as `muster broker run` printed it: unix:PATH");
}

template <class Options>
void add_tenant_and_admin(Command& command, Options& options) {
    command.add_option("-T,--tenant", options.tenant, "The tenant").required();
    add_admin(command, options.admin);
}

void add_auto_register(Command& command, std::optional<bool>& value) {
    command.add_switch("auto-register", value, "A device that it names is registered by its first connect, or must be registered already");
}

void add_own_ca_commands(Command& ca) {
    add_command<CaLogOptions>(ca, "log", "Show what was to be signed, the newest first", [](Command& command, CaLogOptions& options) {
        command.add_option("--limit", options.limit, "At most so many").show_default();
        command.add_option("-T,--tenant", options.tenant, "By its issuing CA (default: the root's certificate and the broker's own)");
        add_admin(command, options.admin);
        command.examples("muster ca log --tenant acme --limit 10");
    });
    add_command<CaCrlOptions>(ca, "crl", "Write the list of certificates that are revoked by now",
                              [](Command& command, CaCrlOptions& options) {
                                  command.add_option("--out", options.out, "Where to write it as PEM; - is stdout").show_default();
                                  add_tenant_and_admin(command, options);
                                  command.examples("muster ca crl --tenant acme --out acme.crl");
                              });
}

}  // namespace

void add_ca_commands(Command& app) {
    Command* ca = add_group(app, "ca", "CAs in files, a tenant's issuing CA, and CAs from elsewhere that name its devices");
    ca->examples("muster ca init factory-ca --name Acme --key-password-file ca.password\nmuster ca list --tenant acme");
    add_ca_directory_commands(*ca);
    add_sign_command(*ca);
    add_own_ca_commands(*ca);
    add_command<CaChallengeOptions>(*ca, "challenge", "Print what a CA must sign to be added, valid once and for 24 hours",
                                    [](Command& command, CaChallengeOptions& options) {
                                        add_tenant_and_admin(command, options);
                                        command.examples(
                                            "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout proof.key \\\n"
                                            "    -subj \"/CN=$(muster ca challenge --tenant acme)\" -out proof.csr\n"
                                            "openssl x509 -req -in proof.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out proof.pem");
                                    });
    add_command<CaAddOptions>(
        *ca, "add", "Let devices in with certificates that a CA signs, CN = client id", [](Command& command, CaAddOptions& options) {
            command.mutates();
            command.add_option("FILE", options.certificate, "PEM file with the CA's certificate").required();
            command.add_option("--proof", options.proof, "PEM file with a certificate that it signed, whose CN is the challenge")
                .required();
            add_auto_register(command, options.auto_register);
            add_tenant_and_admin(command, options);
            command.examples("muster ca add ca.pem --proof proof.pem --tenant acme --auto-register");
        });
    add_command<CaListOptions>(*ca, "list", "List the CAs that a tenant trusts beside its own",
                               [](Command& command, CaListOptions& options) {
                                   add_tenant_and_admin(command, options);
                                   command.examples("muster ca list --tenant acme");
                               });
    add_command<CaSetOptions>(
        *ca, "set", "Change whether a CA's devices are registered by their first connect", [](Command& command, CaSetOptions& options) {
            command.mutates();
            command.add_option("SHA256", options.sha256, "The CA, as `muster ca list` shows it").required();
            add_auto_register(command, options.auto_register);
            add_tenant_and_admin(command, options);
            command.examples("muster ca set \"$(muster ca list --tenant acme -o name)\" --no-auto-register --tenant acme");
        });
    add_command<CaRemoveOptions>(*ca, "remove", "Trust a CA no more, and disconnect whom it named",
                                 [](Command& command, CaRemoveOptions& options) {
                                     command.mutates();
                                     command.add_option("SHA256", options.sha256, "The CA, as `muster ca list` shows it").required();
                                     add_tenant_and_admin(command, options);
                                     command.examples("muster ca remove \"$(muster ca list --tenant acme -o name)\" --tenant acme --yes");
                                 });
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The flags of key, csr and cert.
#include "tree/duration.hpp"
#include "tree/key_type.hpp"
#include "tree/tree.hpp"
#include "tree/tree_inspection.hpp"

namespace muster::cli {
namespace {

template <class Options>
void add_key_options(Command& command, Options& options) {
    command.add_option("--key-store", options.key_store, "Where a new key is made: file:, tpm2: or pkcs11:token=LABEL?module-path=PATH")
        .show_default();
    command.add_option("--key-password-file", options.key_password_file,
                       "File of mode 0600 with the key's password, or the token's PIN; - is stdin");
}

}  // namespace

void add_pki_commands(Command& app) {
    Command* key = add_group(app, "key", "Private keys");
    key->examples("muster key create press-02.key\nmuster key inspect press-01/device.key");
    add_command<KeyCreateOptions>(
        *key, "create", "Create a private key in a file of mode 0600, in a token or in a TPM",
        [](Command& command, KeyCreateOptions& options) {
            command.has_no_dry_run();
            command.add_option("OUT", options.out, "Where to write it").show_default();
            command.add_flag("--force", options.force, "Replace an existing file");
            add_key_type(command, options.type, "ec (default), rsa or ed25519; a token and a TPM make EC P-256");
            add_key_options(command, options);
            command.add_flag("--encrypt", options.encrypt, "Insist on --key-password-file, with which a key in a file is encrypted");
            command.add_option("--public-out", options.public_out, "Where to write the public half as PEM; - is stdout");
            command.examples("muster key create press-01/device.key --type rsa --bits 3072 --public-out press-01.pub");
        });

    Command* csr = add_group(app, "csr", "Certificate signing requests");
    csr->examples(
        "muster csr create --device-id press-02 --create-key --key press-02.key --out press-02.csr\nmuster csr inspect press-01.csr");
    add_command<CsrCreateOptions>(*csr, "create", "Create a PKCS#10 request for a device", [](Command& command, CsrCreateOptions& options) {
        command.has_no_dry_run();
        command.add_option("--device-id", options.names.device_id, "The device; becomes the subject's CN").required();
        command.add_option("--san", options.names.alt_names, "Another name: dns:NAME, ip:ADDRESS or uri:URI; may be repeated");
        command.add_option("--org", options.names.organization, "The subject's organisation (O)");
        command.add_option("--ou", options.names.organizational_unit, "Its organisational unit (OU)");
        command.add_option("--key", options.key, "Its private key").show_default();
        command.add_flag("--create-key", options.create_key, "Create the key first");
        add_key_options(command, options);
        command.add_option("--out", options.out, "Where to write the request as PEM; - is stdout").show_default();
        command.examples("muster csr create --device-id press-01 --key press-01/device.key --out press-01.csr");
    });
    add_sign_command(*csr);

    Command* cert = add_group(app, "cert", "Certificates");
    cert->examples("muster cert inspect press-01/device.crt\nmuster cert verify press-01/chain.pem --cafile ca.pem");
    add_command<CertEnrollOptions>(
        *cert, "enroll", "Exchange a one-time password for a certificate, over EST (RFC 7030)",
        [](Command& command, CertEnrollOptions& options) {
            command.has_no_dry_run();
            command.add_option("--est-url", options.est_url, "The EST server: https://HOST:PORT/.well-known/est/TENANT").required();
            command.add_option("--device-id", options.device_id, "The device to enroll").required();
            command.add_option("--otp-file", options.otp_file, "File of mode 0600 with its one-time password; - is stdin").required();
            add_key_options(command, options);
            command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server").required();
            command.add_option("--out-dir", options.out_dir, "Identity directory to write (default: ./<device id>)");
            add_duration(
                command, "--max-timeout", [&options](auto given) { options.max_timeout = given; },
                "Ask so long while an administrator must approve, or the server is busy or away (default: once)");
            add_duration(
                command, "--retry-every", [&options](auto given) { options.retry_every = given; },
                "From one time to the next, but never sooner than the server says (default: as it says)");
            command.examples(
                "muster cert enroll --device-id press-01 --est-url https://127.0.0.1:8443/.well-known/est/acme \\\n"
                "    --otp-file press-01.otp --cafile ca.pem --out-dir press-01");
        });
    add_command<CertImportOptions>(
        *cert, "import", "Take over an identity that was made elsewhere, after checking it",
        [](Command& command, CertImportOptions& options) {
            command.has_no_dry_run();
            command.add_option("--pkcs12", options.pkcs12, "PKCS#12 file of mode 0600 with key and certificates");
            command.add_option("--password-file", options.password_file, "File of mode 0600 with its password; - is stdin");
            command.add_option("--key", options.key, "Instead: the private key, PEM of mode 0600, taken over as it is");
            command.add_option("--chain", options.chain, "Its certificate and the issuing CAs, PEM in any order");
            command.add_option("--key-password-file", options.key_password_file,
                               "File with the password of --key, or for the key of --pkcs12; - is stdin");
            command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for servers");
            command.add_option("--device-id", options.device_id, "Whose identity it must be (default: any device's)");
            command.add_option("--out-dir", options.out_dir, "Identity directory to write").required();
            command.examples(
                "muster cert import --pkcs12 press-01.p12 --password-file press-01.password --cafile ca.pem --out-dir "
                "press-01");
        });
    add_cert_renewal_commands(*cert);
    add_est_commands(*cert);
    add_inspection_commands(*key, *csr, *cert);
}

}  // namespace muster::cli

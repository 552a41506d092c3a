// SPDX-License-Identifier: Apache-2.0
// The flags of key inspect and public, csr inspect, and cert fingerprint and verify.
#include "tree/tree_inspection.hpp"

#include "commands/inspection.hpp"
#include "tree/duration.hpp"

#include <ctime>

namespace muster::cli {
namespace {

void bind_key(Command& command, KeyInspectOptions& options) {
    command.add_option("FILE", options.file, "The key, a file of mode 0600").required();
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with its password, if it has one");
    command.examples("muster key " + command.name() + " press-01/device.key");
}

Result<std::chrono::system_clock::time_point> parse_time(const std::string& text) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') return Error{Code::invalid_argument, "'" + text + "' is not a time such as 2027-01-31T12:00:00Z"};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

void bind_verify(Command& command, CertVerifyOptions& options) {
    command.add_option("FILE", options.file, "The certificate, then its issuers, as PEM").required();
    command.add_option("--cafile", options.chain.trust_anchors, "PEM file with the CA certificates that are believed").required();
    // Elsewhere it is a broker's URL, which says nothing of this certificate.
    command.add_option("--host", options.chain.host, "A name or an address that it must be good for (not from a context)").said_only();
    command
        .add_choice("--purpose", options.chain.purpose,
                    {{"any", pki::Purpose::any}, {"client", pki::Purpose::client}, {"server", pki::Purpose::server}},
                    "What it must be good for: any (default), client or server")
        .type_name("PURPOSE");
    command.add_option("--crl", options.chain.crl, "PEM file with its issuer's CRL");
    command
        .add_value(
            "--at",
            [&options](const std::string& text) -> Result<void> {
                const auto time = parse_time(text);
                if (!time) return time.error();
                options.chain.at = *time;
                return {};
            },
            "Judge as at this time (default: now)")
        .type_name("TIME");
    command.notes("Exit code 0 if it is good, 13 if not.");
    command.examples("muster cert verify press-01/chain.pem --cafile ca.pem --purpose client");
}

void bind_inspect(Command& command, CertInspectOptions& options) {
    command.alias("show");
    command.add_option("FILE", options.file, "The file, or a server: mqtts://HOST:PORT, https://HOST:PORT or wss://HOST:PORT").required();
    // A file is not judged, whoever a context believes, and one of both is enough.
    const auto is_file = [&options] { return options.file.find("://") == std::string::npos; };
    command.add_option("--cafile", options.cafile, "Of a server: judge it by the CA certificates of this PEM file")
        .said_only(is_file)
        .gives_way_to("identity");
    command.add_option("--identity", options.identity, "Of a server: judge it by the ca.pem of this identity directory")
        .said_only([&options, is_file] { return is_file() || !options.cafile.empty(); });
    add_duration(
        command, "--timeout", [&options](auto value) { options.timeout = value; }, "How long to wait for a server (default 10s)");
    command.notes("Exit code 13 if a server is not good by those CAs, for its host or now.");
    command.examples(
        "muster cert inspect press-01/device.crt -o json\n"
        "muster cert inspect mqtts://broker.example:8883 --cafile ca.pem -o table");
}

}  // namespace

void add_inspection_commands(Command& key, Command& csr, Command& cert) {
    add_command<KeyInspectOptions>(key, "inspect", "Show what a private key is, but not the key", &bind_key);
    add_command<KeyInspectOptions>(key, "public", "Print the public half of a private key, as PEM", &bind_key);
    add_command<CsrInspectOptions>(csr, "inspect", "Show what a PKCS#10 request asks for",
                                   [](Command& command, CsrInspectOptions& options) {
                                       command.add_option("FILE", options.file, "The request, as PEM").required();
                                       command.examples("muster csr inspect press-01.csr");
                                   });
    add_command<CertInspectOptions>(cert, "inspect", "Show what the certificates of a PEM file say, or those that a server shows",
                                    &bind_inspect);
    add_command<CertFingerprintOptions>(cert, "fingerprint", "Print the SHA-256 of a file's first certificate",
                                        [](Command& command, CertFingerprintOptions& options) {
                                            command.add_option("FILE", options.file, "The certificate, as PEM").required();
                                            command.examples("muster cert fingerprint ca.pem");
                                        });
    add_command<CertVerifyOptions>(cert, "verify", "Say whether a certificate is good, and if not, why", &bind_verify);
}

}  // namespace muster::cli

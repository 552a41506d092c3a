// SPDX-License-Identifier: Apache-2.0
// The flags of cert cacerts and csrattrs.
#include "commands/est_questions.hpp"
#include "tree/tree.hpp"

namespace muster::cli {

void add_est_commands(Command& cert) {
    const char* est_url = "The EST server: https://HOST:PORT/.well-known/est/TENANT";
    const char* cafile = "PEM file with the CA certificates that vouch for the server";
    add_command<CertCacertsOptions>(
        cert, "cacerts", "Fetch the CA certificates of an EST server, believed by a file or by the root's fingerprint",
        [=](Command& command, CertCacertsOptions& options) {
            command.has_no_dry_run();
            command.add_option("--est-url", options.server.url, est_url).required();
            command.add_option("--cafile", options.server.trust_anchors, cafile);
            command.add_option("--fingerprint", options.server.root_sha256,
                               "Instead: the SHA-256 of the root, 64 hexadecimal digits; what does not lead to it is not written");
            command.add_option("--out", options.out, "Where to write them as PEM; - is stdout").show_default();
            command.examples(
                "muster cert cacerts --est-url https://127.0.0.1:8443/.well-known/est/acme \\\n"
                "    --fingerprint $(muster cert fingerprint root.pem) --out ca.pem");
        });
    add_command<CertCsrattrsOptions>(
        cert, "csrattrs", "Show what an EST server asks of requests: algorithms and attributes",
        [=](Command& command, CertCsrattrsOptions& options) {
            command.add_option("--est-url", options.server.url, est_url).required();
            command.add_option("--cafile", options.server.trust_anchors, cafile).required();
            command.examples("muster cert csrattrs --est-url https://127.0.0.1:8443/.well-known/est/acme --cafile ca.pem");
        });
}

}  // namespace muster::cli

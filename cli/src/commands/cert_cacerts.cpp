// SPDX-License-Identifier: Apache-2.0
// `muster cert cacerts`: the CA certificates of an EST server, for a file that others trust.
#include "base/files.hpp"
#include "commands/est_questions.hpp"
#include "est_trace.hpp"
#include "output/time.hpp"

namespace muster::cli {

Exit run_cert_cacerts(const CertCacertsOptions& options, Io& io) {
    if (options.server.trust_anchors.empty() == options.server.root_sha256.empty())
        return io.fail({Code::invalid_argument, "give --cafile or --fingerprint, one of the two",
                        "print the fingerprint where the root is: muster cert fingerprint ca.pem"});
    EstTrace trace(io.trace);
    EstServer server = options.server;
    server.observer = &trace;
    const auto certificates = fetch_ca_certificates(server);
    if (!certificates) return io.fail(certificates.error());
    std::string pem;
    for (const auto& certificate : *certificates) pem += certificate.pem;
    if (options.out == "-") {
        io.out << pem << std::flush;
    } else {
        const auto stored = base::store_file(options.out, pem, base::Access::everyone_reads, base::Existing::replace);
        if (!stored) return io.fail(stored.error());
    }
    for (const auto& certificate : *certificates)
        io.say("CA        " + certificate.subject + ", expires " + rfc3339(certificate.not_after) + ", sha256 " + certificate.sha256);
    if (options.out != "-") io.say("Written   " + options.out);
    return Exit::ok;
}

}  // namespace muster::cli

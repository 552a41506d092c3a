// SPDX-License-Identifier: Apache-2.0
// What a command says of an identity directory that it has filled.
#include "output/identity_lines.hpp"

#include "output/time.hpp"

namespace muster::cli {

void say_identity(const Io& io, const std::filesystem::path& identity_dir, const pki::CertificateInfo& certificate) {
    const IdentityFiles files = IdentityFiles::in(identity_dir);
    io.say("Key          " + files.key.string() + "  (0600)");
    io.say("Certificate  " + files.certificate.string() + "  CN=" + certificate.common_name + ", issued by " + certificate.issuer +
           ", expires " + rfc3339(certificate.not_after));
    io.say("Chain        " + files.chain.string());
}

}  // namespace muster::cli

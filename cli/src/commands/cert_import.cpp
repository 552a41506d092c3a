// SPDX-License-Identifier: Apache-2.0
// `muster cert import`: an identity that was made elsewhere becomes an identity directory.
#include "commands/commands.hpp"
#include "output/identity_lines.hpp"
#include "secrets.hpp"

#include <muster/enroller.hpp>

namespace muster::cli {
namespace {

std::unique_ptr<Enroller> enroller_for(const CertImportOptions& options, Io& io) {
    if (!options.pkcs12.empty()) {
        Pkcs12Identity identity;
        identity.file = options.pkcs12;
        identity.password = key_password(options.password_file, io.in, "--password-file");
        identity.key_password = key_password(options.key_password_file, io.in, "--key-password-file");
        identity.trust_anchors = options.cafile;
        identity.device_id = options.device_id;
        return make_pkcs12_enroller(std::move(identity));
    }
    PemIdentity identity;
    identity.key = options.key;
    identity.key_password = key_password_for(options.key, "", options.key_password_file, io);
    identity.chain = options.chain;
    identity.trust_anchors = options.cafile;
    identity.device_id = options.device_id;
    return make_pem_enroller(std::move(identity));
}

}  // namespace

Exit run_cert_import(const CertImportOptions& options, Io& io) {
    if (options.pkcs12.empty() == options.key.empty() || options.key.empty() != options.chain.empty())
        return io.fail({Code::invalid_argument, "name one identity to import", "give --pkcs12, or --key and --chain"});
    const auto certificate = enroller_for(options, io)->enroll(options.out_dir);
    if (!certificate) return io.fail(certificate.error());

    say_identity(io, options.out_dir, *certificate);
    return Exit::ok;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster cert needs-renewal`: a condition for scripts and for systemd.
#include "commands/commands.hpp"
#include "commands/expires_in.hpp"

namespace muster::cli {

Exit run_cert_needs_renewal(const CertNeedsRenewalOptions& options, Io& io) {
    const auto fail = [&](const Error& error) {
        static_cast<void>(io.fail(error));
        return Exit::condition_failed;
    };
    const auto expires_in = ExpiresIn::parse(options.expires_in);
    if (!expires_in) return fail(expires_in.error());
    const auto certificate = certificate_at(options.place);
    if (!certificate) return fail(certificate.error());
    const auto due = expires_in->due(*certificate);
    io.say(describe_due(*certificate, due));
    return std::chrono::system_clock::now() >= due ? Exit::ok : Exit::not_yet;
}

}  // namespace muster::cli

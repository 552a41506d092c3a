// SPDX-License-Identifier: Apache-2.0
// `muster cert fingerprint` and `muster cert verify`: answers for scripts.
#include "commands/inspection.hpp"
#include "output/records.hpp"

#include <muster/pki.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace muster::cli {
Exit run_cert_fingerprint(const CertFingerprintOptions& options, Io& io) {
    const auto certificates = pki::load_certificates(options.file);
    if (!certificates) return io.fail(certificates.error());
    io.out << certificates->front().sha256 << std::endl;
    return Exit::ok;
}

Exit run_cert_verify(const CertVerifyOptions& options, Io& io) {
    const auto verdict = pki::verify_chain(options.file, options.chain);
    if (!verdict) return io.fail(verdict.error());
    if (io.asks_data()) {
        nlohmann::json record{{"ok", verdict->is_good}};
        if (!verdict->is_good) record.update({{"depth", verdict->depth}, {"subject", verdict->subject}, {"reason", verdict->reason}});
        if (const Exit printed = print_record(io, record, {"ok", {{"OK", "ok"}}}); printed != Exit::ok) return printed;
    }
    if (verdict->is_good) {
        io.say(options.file.string() + ": good");
        return Exit::ok;
    }
    return io.fail_as(Exit::check_failed, "check_failed",
                      options.file.string() + ": " + verdict->reason + " (certificate " + std::to_string(verdict->depth) +
                          " of the chain, " + verdict->subject + ")",
                      "muster cert inspect shows dates, purposes and issuers; --at says another time, --cafile who is believed");
}

}  // namespace muster::cli

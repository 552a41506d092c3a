// SPDX-License-Identifier: Apache-2.0
// `muster cert fingerprint` and `muster cert verify`: answers for scripts.
#include "commands/inspection.hpp"

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
    if (io.asks_json()) {
        nlohmann::json json{{"ok", verdict->is_good}};
        if (!verdict->is_good) json.update({{"depth", verdict->depth}, {"subject", verdict->subject}, {"reason", verdict->reason}});
        io.out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
    }
    if (verdict->is_good) {
        io.say(options.file.string() + ": good");
        return Exit::ok;
    }
    if (!io.asks_json())
        io.err << "muster: error: " << options.file.string() << ": " << verdict->reason << " (certificate " << verdict->depth
               << " of the chain, " << verdict->subject << ")" << std::endl;
    return Exit::check_failed;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster cert inspect`: what the certificates of a file say.
#include "commands/commands.hpp"
#include "output/time.hpp"

#include <muster/pki.hpp>

#include <nlohmann/json.hpp>

#include <chrono>

namespace muster::cli {
namespace {

long long seconds_left(const pki::CertificateInfo& certificate) {
    return std::chrono::duration_cast<std::chrono::seconds>(certificate.not_after - std::chrono::system_clock::now()).count();
}

std::string lifetime_left(const pki::CertificateInfo& certificate) {
    const auto seconds = seconds_left(certificate);
    if (seconds < 0) return "EXPIRED";
    return std::to_string(seconds / 86'400) + " d " + std::to_string(seconds % 86'400 / 3'600) + " h left";
}

nlohmann::json to_json(const pki::CertificateInfo& certificate) {
    return {{"subject", certificate.subject},
            {"common_name", certificate.common_name},
            {"issuer", certificate.issuer},
            {"serial", certificate.serial_hex},
            {"not_before", rfc3339(certificate.not_before)},
            {"not_after", rfc3339(certificate.not_after)},
            {"remaining_s", seconds_left(certificate)},
            {"sha256", certificate.sha256},
            {"public_key_sha256", certificate.public_key_sha256},
            {"subject_alt_names", certificate.subject_alt_names},
            {"is_ca", certificate.is_ca},
            {"pem", certificate.pem}};
}

void print_text(const pki::CertificateInfo& certificate, std::ostream& out) {
    out << "Subject     " << certificate.subject << (certificate.is_ca ? "  (CA)" : "") << '\n'
        << "Issuer      " << certificate.issuer << '\n'
        << "Serial      " << certificate.serial_hex << '\n'
        << "Valid       " << rfc3339(certificate.not_before) << " to " << rfc3339(certificate.not_after) << "  ("
        << lifetime_left(certificate) << ")\n";
    for (const auto& name : certificate.subject_alt_names) out << "Also        " << name << '\n';
    out << "SHA-256     " << certificate.sha256 << '\n' << "Public key  " << certificate.public_key_sha256 << '\n';
}

}  // namespace

Exit run_cert_inspect(const CertInspectOptions& options, Io& io) {
    const auto certificates = pki::load_certificates(options.file);
    if (!certificates) return io.fail(certificates.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& certificate : *certificates) list.push_back(to_json(certificate));
        io.out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
        return Exit::ok;
    }
    bool first = true;
    for (const auto& certificate : *certificates) {
        if (!first) io.out << '\n';
        first = false;
        print_text(certificate, io.out);
    }
    io.out.flush();
    return Exit::ok;
}

}  // namespace muster::cli

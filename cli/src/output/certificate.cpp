// SPDX-License-Identifier: Apache-2.0
// Certificates as JSON and as lines for people.
#include "output/certificate.hpp"

#include "output/time.hpp"

#include <chrono>
#include <string>
#include <vector>

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

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string signs(const pki::CertificateInfo& ca) {
    if (!ca.path_length) return "certificates, and CAs without limit below it";
    if (*ca.path_length == 0) return "certificates, and no CA below it";
    return "certificates, and " + std::to_string(*ca.path_length) + (*ca.path_length == 1 ? " level" : " levels") + " of CAs below it";
}

}  // namespace

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
            {"path_length", certificate.path_length ? nlohmann::json(*certificate.path_length) : nlohmann::json()},
            {"key_usages", certificate.key_usages},
            {"key_type", certificate.key_type},
            {"key_bits", certificate.key_bits},
            {"pem", certificate.pem}};
}

void print_certificate(const pki::CertificateInfo& certificate, std::ostream& out) {
    out << "Subject     " << certificate.subject << (certificate.is_ca ? "  (CA)" : "") << '\n'
        << "Issuer      " << certificate.issuer << '\n'
        << "Serial      " << certificate.serial_hex << '\n'
        << "Valid       " << rfc3339(certificate.not_before) << " to " << rfc3339(certificate.not_after) << "  ("
        << lifetime_left(certificate) << ")\n";
    for (const auto& name : certificate.subject_alt_names) out << "Also        " << name << '\n';
    if (certificate.is_ca) out << "May sign    " << signs(certificate) << '\n';
    if (!certificate.key_usages.empty()) out << "Key usage   " << joined(certificate.key_usages) << '\n';
    out << "SHA-256     " << certificate.sha256 << '\n'
        << "Public key  " << certificate.public_key_sha256 << "  (" << certificate.key_type << ", " << certificate.key_bits << " bits)\n";
}

View certificate_view() {
    return {"sha256", {{"NAME", "common_name"}, {"ISSUER", "issuer"}, {"UNTIL", "not_after"}, {"SERIAL", "serial"}}};
}

}  // namespace muster::cli

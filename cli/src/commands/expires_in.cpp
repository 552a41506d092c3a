// SPDX-License-Identifier: Apache-2.0
// When a certificate is due for its renewal.
#include "commands/expires_in.hpp"

#include "output/time.hpp"

#include <muster/identity.hpp>

#include <charconv>
#include <filesystem>

namespace muster::cli {
namespace {

constexpr std::chrono::hours per_day{24};
constexpr long most = 1'000'000;  // Of any unit: what is longer than a certificate's life is always due.

// 0 for none.
std::chrono::seconds unit_of(std::string_view text) {
    if (text == "d") return per_day;
    if (text == "h") return std::chrono::hours(1);
    if (text == "m") return std::chrono::minutes(1);
    return std::chrono::seconds(text == "s" ? 1 : 0);
}

}  // namespace

Result<ExpiresIn> ExpiresIn::parse(std::string_view text) {
    const Error wrong{Code::invalid_argument, "--expires-in '" + std::string(text) + "' is neither a share nor a time",
                      "give 66% of the certificate's life, or 30d, 12h, 10m, 90s before its end"};
    long number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || number < 1 || number > most) return wrong;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    constexpr long whole = 100;
    if (unit == "%") return number <= whole ? Result<ExpiresIn>(ExpiresIn(Percent{static_cast<int>(number)})) : wrong;
    const auto seconds = unit_of(unit);
    return seconds.count() != 0 ? Result<ExpiresIn>(ExpiresIn(number * seconds)) : wrong;
}

std::chrono::system_clock::time_point ExpiresIn::due(const pki::CertificateInfo& certificate) const {
    if (const auto* left = std::get_if<std::chrono::seconds>(&when_)) return certificate.not_after - *left;
    // In parts, because a life until the year 9999 a hundred times over does not fit.
    constexpr int whole = 100;
    return certificate.not_before + (certificate.not_after - certificate.not_before) / whole * std::get<Percent>(when_).value;
}

Result<pki::CertificateInfo> certificate_at(const std::filesystem::path& place) {
    std::error_code ignored;
    const bool is_identity = std::filesystem::is_directory(place, ignored);
    auto certificates = pki::load_certificates(is_identity ? IdentityFiles::in(place).chain : place);
    if (!certificates) return std::move(certificates).error();
    return std::move(certificates->front());
}

std::string describe_due(const pki::CertificateInfo& certificate, std::chrono::system_clock::time_point due) {
    const bool is_due = std::chrono::system_clock::now() >= due;
    return "CN=" + certificate.common_name + " expires " + rfc3339(certificate.not_after) + "; its renewal " +
           (is_due ? "has been due since " : "is due at ") + rfc3339(due);
}

}  // namespace muster::cli

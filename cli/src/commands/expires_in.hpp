// SPDX-License-Identifier: Apache-2.0
// When a certificate is due for its renewal: after a share of its life, or a time before its end.
#pragma once

#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace muster::cli {

/// `66%` of the certificate's life have passed, or no more than `30d`, `12h`, `10m`, `90s` of it are left.
class ExpiresIn {
public:
    /// Fails with Code::invalid_argument for anything but 1 % to 100 %, or a positive number with its unit.
    static Result<ExpiresIn> parse(std::string_view text);
    [[nodiscard]] std::chrono::system_clock::time_point due(const pki::CertificateInfo& certificate) const;

private:
    struct Percent {
        int value;
    };
    explicit ExpiresIn(std::variant<Percent, std::chrono::seconds> when) : when_(when) {}
    std::variant<Percent, std::chrono::seconds> when_;
};

/// Of an identity directory, or a PEM file whose first certificate it is.
Result<pki::CertificateInfo> certificate_at(const std::filesystem::path& place);

/// "is due since ..." or "is due at ...", for people.
[[nodiscard]] std::string describe_due(const pki::CertificateInfo& certificate, std::chrono::system_clock::time_point due);

}  // namespace muster::cli

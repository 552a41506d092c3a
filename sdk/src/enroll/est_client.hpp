// SPDX-License-Identifier: Apache-2.0
// Enrollment over Secure Transport, the client's side (RFC 7030 and RFC 8951).
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "enroll/https_client.hpp"
#include "pki/openssl.hpp"

#include <muster/enroll.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace muster::est {

/// Whether `url` can be the base of an EST server: https, a host, no user name or password, query or fragment. Fails with
/// Code::invalid_argument.
Result<void> check_est_url(std::string_view url);

/// Where and as whom a certificate is renewed: as the owner of the one in use, by mutual TLS.
struct Renewal {
    std::string est_url;
    IdentityFiles in_use;
    std::filesystem::path trust_anchors;
    std::chrono::milliseconds timeout{30'000};
    const std::atomic<bool>* is_cancelled = nullptr;
    base::WallTime now;  ///< At which the server's certificate must be valid.
    const base::Secret* key_password = nullptr;
    EstObserver* observer = nullptr;
};

constexpr long http_accepted = 202;  ///< The request waits, for an administrator above all.

/// What a server said about coming back.
struct ServerWord {
    long status = 0;                      ///< Of its HTTP answer; 0: there was none.
    std::chrono::seconds retry_after{0};  ///< With 202, 429 or 503; 0 s without.
};

/// How long the server asks to wait, by its Retry-After in seconds or as a date; that counts from the server's Date, or from `now` without.
/// 0 s if it does not say, or nonsense; three years at the most.
[[nodiscard]] std::chrono::seconds delay_asked(const HttpsAnswer& answer, base::WallTime now);

/// Reads the certificates of an answer to `request`, whatever its content type. Fails with Code::denied (401, 403), Code::unavailable (202,
/// 429, 5xx), Code::rejected (any other status) and Code::corrupt. What the server says is quoted, unless the password is in it.
Result<std::vector<pki::Certificate>> read_answer(const HttpsAnswer& answer, const HttpsRequest& request);

/// Reads the certificates of an EST answer's body: base64 of a PKCS#7 in any wrapping, DER, or PEM, as servers in the field send them.
/// Fails with Code::corrupt.
Result<std::vector<pki::Certificate>> parse_certificates_answer(const std::string& body);

/// GET <est_url>/cacerts (section 4.1).
Result<std::vector<pki::Certificate>> fetch_ca_certificates(const EnrollRequest& request);

/// POST <est_url>/simpleenroll (section 4.2) with the DER request. Fails as read_answer() and exchange() do.
Result<std::vector<pki::Certificate>> fetch_certificate(const EnrollRequest& request, const std::string& csr_der, ServerWord& word);

/// GET <est_url>/cacerts, for a renewal.
Result<std::vector<pki::Certificate>> fetch_ca_certificates(const Renewal& renewal);

/// POST <est_url>/simplereenroll (section 4.2.2) with the DER request; fails as fetch_certificate does. `retry_after` is as ServerWord's.
Result<std::vector<pki::Certificate>> fetch_renewed(const Renewal& renewal, const std::string& csr_der, std::chrono::seconds& retry_after);

}  // namespace muster::est

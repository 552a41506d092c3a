// SPDX-License-Identifier: Apache-2.0
// The certificate authority of a state directory: a root, an issuing CA for each tenant, and the broker's own certificate.
#pragma once

#include "authority/crl.hpp"
#include "authority/request.hpp"
#include "base/clock.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/certificates.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::registry {
class Registry;
}

namespace muster::testbroker::authority {

/// No certificate but a CA's is good for longer, whatever a policy says.
constexpr std::chrono::hours longest_lifetime(24 * 397);

/// How long a certificate is good for, around the time of its issue.
struct Validity {
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);
    std::chrono::seconds backdate = std::chrono::minutes(5);  ///< For devices whose clock is slow.
};

struct CaCertificate {
    std::string pem;
    std::string sha256;  ///< Of the DER form, lower-case hexadecimal.
};

/// What the broker's own certificate is to be like.
struct ServerPlan {
    std::vector<std::string> addresses;  ///< IP addresses or host names, beside localhost, 127.0.0.1 and ::1.
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);
};

/// The broker's own certificate, for the TLS listeners.
struct ServerFiles {
    std::filesystem::path certificate;  ///< PEM, signed by the root.
    std::filesystem::path key;          ///< PEM, mode 0600.
    base::WallTime due;                 ///< From then on there is a new one to be had.
    base::WallTime not_after;
};

/// Whose certificate it is; both are for TLS clients.
enum class Profile : std::uint8_t { device, application };

/// A certificate as it will be signed.
struct CertificateDraft {
    std::string tenant;
    Profile profile = Profile::device;
    std::string name;            ///< The device's id or the application's user name.
    std::string public_key_der;  ///< SubjectPublicKeyInfo.
    std::string serial_hex;      ///< 159 random bits.
    base::WallTime not_before;
    base::WallTime not_after;
};

/// Keys lie unencrypted in files of mode 0600, and every CA is named "muster test": it is for development and tests only.
/// Threads: any. `open`, `ensure_` and `load_` touch the disk, `sign` computes for less than a millisecond.
class Authority {
public:
    /// Loads the root from `<state_dir>/ca`, or makes it. CAs that are made from now on, it and tenants', get keys of this type; clients'
    /// certificates say that their CRL is at `<crl_base>/crl/<tenant>.crl`, unless that is empty. The caller owns the state directory
    /// (registry::Registry::open comes first); `clock` and `log` must outlive the authority. What it signs for
    /// itself, CAs' certificates and the broker's, it writes down in `log` before; none: nowhere, for tests of the authority alone. Fails
    /// with Code::corrupt (a damaged or foreign file), Code::expired, Code::unsafe_file, Code::no_space, Code::io, Code::invalid_argument
    /// (`crl_base`).
    static Result<std::unique_ptr<Authority>> open(const std::filesystem::path& state_dir, const base::Clock& clock,
                                                   KeyType ca_key = KeyType::p256, std::string crl_base = {},
                                                   registry::Registry* log = nullptr);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    /// By the clock that certificates are issued by.
    [[nodiscard]] base::WallTime now() const;
    [[nodiscard]] const std::filesystem::path& root_file() const noexcept;
    [[nodiscard]] const std::string& root_pem() const noexcept;

    /// Loads a tenant's issuing CA, or makes it; what a crash left half made is completed. The name must have been checked.
    Result<CaCertificate> ensure_issuer(std::string_view tenant);
    /// Loads the issuing CA that was made before, and refuses another one with Code::corrupt.
    Result<void> load_issuer(std::string_view tenant, std::string_view expected_sha256);

    /// The SHA-256 of the issuing CA whose files are there, loaded or not; none if there are no files. Fails with Code::corrupt, Code::io.
    Result<std::optional<std::string>> stored_issuer(std::string_view tenant) const;
    /// Forgets a tenant's issuing CA and removes its files: nothing is signed by it any more.
    Result<void> discard_issuer(std::string_view tenant);

    /// Whether the root or an issuing CA has this name or this key, as ExternalCa has their hashes.
    [[nodiscard]] bool has_ca(std::string_view subject_sha256, std::string_view key_sha256) const;

    /// Loads the broker's certificate, or makes one. An old one is replaced when a third of its life is left, or when it lives longer than
    /// planned, lacks an address or comes from another root.
    Result<ServerFiles> ensure_server_certificate(const ServerPlan& plan);

    /// A draft with a fresh serial, for a request that was checked, so that its name is who asks. Fails with Code::not_found (tenant not
    /// loaded), Code::expired (its CA).
    Result<CertificateDraft> draft(std::string_view tenant, const CertificateRequest& request, const Validity& validity = {},
                                   Profile profile = Profile::device) const;
    /// The certificate, as DER.
    Result<std::string> sign(const CertificateDraft& draft) const;

    /// A CRL (RFC 5280, section 5) of the tenant's issuing CA, as DER, signed now. Fails with Code::not_found.
    Result<std::string> sign_crl(std::string_view tenant, const std::vector<RevokedSerial>& revoked) const;

    /// Certs-only PKCS#7 as DER: the root alone; a tenant's issuing CA and the root; a device's certificate and its issuing CA.
    Result<std::string> bundle_root() const;
    Result<std::string> bundle_issuer(std::string_view tenant) const;
    /// Fails with Code::not_found.
    Result<std::string> issuer_pem(std::string_view tenant) const;
    Result<std::string> bundle_device(std::string_view tenant, std::string_view certificate_der) const;

private:
    struct State;
    explicit Authority(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace muster::testbroker::authority

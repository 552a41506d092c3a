// SPDX-License-Identifier: Apache-2.0
// Who may connect, as whom: the identity is what the certificate or the password proves, never what the client says.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "tenancy/directory.hpp"
#include "wire/packets.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace muster::testbroker::tenancy {

/// What somebody who was let in showed, beside the client id.
struct Proof {
    std::string name;                ///< The device's or the application's.
    std::string certificate_serial;  ///< Empty without a certificate.
    std::string issuer_sha256 = {};  ///< Likewise.
};

/// Somebody who was let in.
struct Principal {
    std::string tenant;
    Role role = Role::device;
    std::string client_id;
    bool client_id_was_assigned = false;
    Isolation isolation = Isolation::device;
    std::optional<base::WallTime> certificate_not_after;
    std::shared_ptr<const Proof> proof = nullptr;  ///< None for anonymous clients. Shared, because sessions copy principals.
};

/// What the TLS handshake proved.
struct PeerCertificate {
    std::string common_name;    ///< Empty if there is none, or more than one.
    std::string issuer_sha256;  ///< Of the verified chain's issuing CA.
    base::WallTime not_after;
    std::string serial = {};  ///< Hexadecimal in capitals, of an even length, as BN_bn2hex has it.
};
struct PeerIdentity {
    std::optional<PeerCertificate> certificate;
};

struct Refusal {
    wire::ReasonCode reason = wire::ReasonCode::not_authorized;
    std::string why;                      ///< For the client to read; short, whatever the client said.
    std::string server_reference = {};    ///< Where to go instead, with use_another_server or server_moved; else empty.
    std::chrono::seconds retry_after{0};  ///< When to come back; 0: that is not said.
};

using Verdict = std::variant<Principal, Refusal>;

struct Withdrawal {
    std::string why;
    bool ends_session = false;  ///< False: the same client may come back with a better certificate, and go on.
};

/// A certificate makes a device, or an application if it was issued to one. So does a user name `<tenant>/<client id>` with the device's
/// password where the tenant allows that;
/// `<tenant>/<application>` with its password makes an application. Without any of these, one is an application of the tenant that takes
/// anonymous clients, if there is one. Threads: any, if `random` is for any.
class Admission {
public:
    /// Without a registrar nobody is registered by connecting.
    Admission(const Directory& directory, const base::Clock& clock, base::Random& random, Registrar* registrar = nullptr)
        : directory_(directory), clock_(clock), random_(random), registrar_(registrar) {}
    [[nodiscard]] std::variant<Principal, Refusal> admit(const wire::Connect& connect, const PeerIdentity& peer) const;
    /// Why somebody who was let in would not be any more; none if it still would. What a password is worth is not asked again.
    [[nodiscard]] std::optional<Withdrawal> withdrawn(const Principal& principal) const;
    /// As Directory::withdrawals.
    [[nodiscard]] std::uint64_t withdrawals() const { return directory_.withdrawals(); }
    [[nodiscard]] std::optional<Tenant> tenant_named(std::string_view name) const { return directory_.tenant_named(name); }
    /// Whether `admit` would compute a password's hash, which takes some 50 ms, or wait for the disk: not on a thread that serves others.
    [[nodiscard]] bool takes_long(const wire::Connect& connect, const PeerIdentity& peer) const;

private:
    [[nodiscard]] std::variant<Principal, Refusal> admit_certificate(const wire::Connect& connect,
                                                                     const PeerCertificate& certificate) const;
    /// Whether a first connect with this certificate would register its device.
    [[nodiscard]] bool is_new_device(const Issuer& issuer, const PeerCertificate& certificate) const;
    [[nodiscard]] std::variant<Principal, Refusal> admit_password(const wire::Connect& connect) const;
    [[nodiscard]] std::variant<Principal, Refusal> admit_anonymous(const wire::Connect& connect) const;
    [[nodiscard]] Principal application(const Tenant& tenant, const wire::Connect& connect) const;

    const Directory& directory_;
    const base::Clock& clock_;
    base::Random& random_;
    Registrar* registrar_;
};

}  // namespace muster::testbroker::tenancy

// SPDX-License-Identifier: Apache-2.0
// What the broker knows for good: tenants, devices, one-time passwords, applications and issued certificates, in one SQLite file.
#pragma once

#include "base/clock.hpp"
#include "registry/device_orders.hpp"
#include "registry/directory.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::registry {

struct Tenant {
    std::string name;
    Isolation isolation = Isolation::device;
    std::string issuing_ca_pem;
    std::string issuing_ca_sha256;  ///< Of the DER form, lower-case hexadecimal.
    base::WallTime created;
    TenantOptions options;
};

/// What a certificate will say, written down before it is signed: a serial can be handed out once only.
struct CertificateRecord {
    std::string serial_hex;
    std::string tenant;
    std::string name;  ///< The device's or the application's.
    base::WallTime not_before;
    base::WallTime not_after;
    std::string csr_sha256;
    std::string key_sha256 = {};  ///< Of its SubjectPublicKeyInfo; needed where an administrator approves enrollments.
};

/// A certificate of the authority's own: a CA's, or the broker's.
struct OwnCertificate {
    std::string serial_hex;
    std::string tenant;   ///< Empty: the root's and the broker's, which are nobody's.
    std::string profile;  ///< `ca` or `broker`.
    std::string name;     ///< Its CN.
    base::WallTime not_after;
};

/// A CA as it was found good, with what its proof said.
struct TrustedCaRecord {
    std::string tenant;
    std::string pem;
    std::string sha256;
    std::string subject;
    std::string subject_sha256;  ///< Of its DER form.
    std::string key_sha256;      ///< Of its SubjectPublicKeyInfo.
    base::WallTime not_after;
    std::string challenge;
    AutoRegistration auto_registration = AutoRegistration::off;
};

struct RevokedCertificate {
    std::string serial;
    base::WallTime at;
    RevocationReason reason = RevocationReason::unspecified;
};

struct Settings {
    unsigned password_cost = default_password_cost;  ///< Of new passwords; each is checked at the cost that it was stored with.
    bool survives_power_cut = true;                  ///< False: the disk is not waited for.
};

/// The registry of one state directory. Times are kept in whole seconds.
///
/// A certificate in it:   begin_issuance --> pending -- finish_issuance --> issued
///                                              `---- abandon_issuance, or a broker that died --> abandoned
/// A one-time password:   free -- begin --> reserved -- finish --> used;  reserved -- abandon --> free;  10 wrong ones --> blocked
///
/// Threads: any. Every call waits for the disk or for another call, set_application and set_device_password also compute for some 50 ms.
class Registry {
public:
    /// Opens or creates `registry.db` (mode 0600) and owns the whole state directory until destroyed, the CA's files included. `clock` must
    /// outlive it. Fails with Code::in_use (another broker has the directory), Code::corrupt (damaged, or not a registry: left as it is),
    /// Code::invalid_argument (made by a newer version, or the settings), Code::unsafe_file, Code::no_space, Code::io.
    static Result<std::unique_ptr<Registry>> open(const std::filesystem::path& state_dir, const base::Clock& clock,
                                                  const Settings& settings = {});
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// What admission asks, from memory; it lives as long as the registry.
    [[nodiscard]] const RegistryDirectory& directory() const noexcept;

    /// Fails with Code::invalid_argument (the name, the options), Code::conflict (the name, or another tenant is the anonymous one).
    Result<TenantInfo> add_tenant(std::string_view name, Isolation isolation, std::string_view ca_pem, std::string_view ca_sha256,
                                  const TenantOptions& options = {});
    /// As Broker::set_tenant_options.
    Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options);
    /// As the functions of Broker.
    Result<void> set_tenant_limits(std::string_view tenant, const TenantLimits& limits);
    Result<TenantLimits> tenant_limits(std::string_view tenant) const;
    /// Nothing if there is no such tenant.
    Result<std::optional<Tenant>> find_tenant(std::string_view name) const;
    /// In order of their names, as the next.
    Result<std::vector<Tenant>> tenants() const;
    Result<std::vector<TenantInfo>> list_tenants() const;

    /// As Broker::register_device.
    Result<Registration> register_device(std::string_view tenant, std::string_view device_id);
    /// Many in one transaction, each as if it were alone; one that was registered keeps a password that is given again. Fails with
    /// Code::not_found (tenant) and what befalls all; what is wrong with one of them is in its place.
    Result<std::vector<Result<RegisteredDevice>>> register_devices(std::string_view tenant, const std::vector<NewDevice>& devices);
    /// As Broker::list_devices; those behind the id `after`, and `limit` of them at most.
    Result<std::vector<KnownDevice>> list_devices(std::string_view tenant, std::string_view after = {},
                                                  std::int64_t limit = std::numeric_limits<std::int64_t>::max()) const;
    /// Fails with Code::not_found.
    Result<KnownDevice> find_device(std::string_view tenant, std::string_view device_id) const;
    /// As Broker::set_device_password.
    Result<void> set_device_password(std::string_view tenant, std::string_view device_id, std::string_view password);

    /// That a certificate with this serial can be there: the tenant's CA has signed it, or the tenant trusts CAs from elsewhere. Fails with
    /// Code::not_found, Code::invalid_argument.
    Result<void> require_certificate(std::string_view tenant, std::string_view serial) const;
    /// As the functions of Broker. A serial stays revoked when its device or application is deleted.
    Result<void> revoke_device(std::string_view tenant, std::string_view device_id);
    Result<void> revoke_certificate(std::string_view tenant, std::string_view serial,
                                    RevocationReason reason = RevocationReason::unspecified);
    Result<void> delete_device(std::string_view tenant, std::string_view device_id);
    /// As register_devices. Whoever is revoked already stays so, for the reason of then.
    Result<std::vector<Result<void>>> revoke_devices(std::string_view tenant, const std::vector<std::string>& ids, RevocationReason reason);
    Result<std::vector<Result<void>>> delete_devices(std::string_view tenant, const std::vector<std::string>& ids);
    Result<void> delete_application(std::string_view tenant, std::string_view user);
    Result<void> delete_tenant(std::string_view name);
    /// Whether a tenant with this issuing CA has been deleted: the CA must not serve another one.
    Result<bool> is_retired(std::string_view issuer_sha256) const;

    /// As Broker::set_application. The user name is 1 to 64 of `[A-Za-z0-9._-]`, the password 1 to 8192 bytes.
    Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password);

    /// Whether the password would be taken now; a wrong one counts against the device. Code::denied: wrong, blocked after 10 wrong ones, or
    /// no such device, which are not told apart. To who knows the password: Code::conflict (used), Code::expired, Code::unavailable
    /// (another enrollment with it is under way).
    Result<void> check_one_time_password(std::string_view tenant, std::string_view device_id, std::string_view password);
    /// In one transaction, checks the password again, reserves it and writes the certificate down as pending. Code::unavailable if the
    /// tenant's administrator must approve the request, and has not.
    Result<void> begin_issuance(const CertificateRecord& record, std::string_view one_time_password);
    /// Writes the certificate down as pending for a device that has shown another one. Code::denied if the device is not registered, or it
    /// or what it has shown is revoked.
    Result<void> begin_renewal(const CertificateRecord& record, std::string_view shown_serial);
    /// The certificate is signed: in one transaction it counts as issued, and its password as used. Code::not_found if it is not pending.
    Result<void> finish_issuance(std::string_view serial_hex);
    /// The certificate was not made: its password is free again.
    Result<void> abandon_issuance(std::string_view serial_hex);

    /// As Broker::make_ca_challenge.
    Result<CaChallenge> make_ca_challenge(std::string_view tenant);
    /// Stores a CA whose certificate and proof were checked; the challenge that the proof names must be the tenant's. Fails as
    /// Broker::add_trusted_ca. The same CA again replaces how it registers devices.
    Result<TrustedCa> add_trusted_ca(const TrustedCaRecord& record);
    /// As the functions of Broker.
    Result<TrustedCa> set_auto_registration(std::string_view tenant, std::string_view sha256, AutoRegistration auto_registration);
    Result<std::vector<TrustedCa>> list_trusted_cas(std::string_view tenant) const;
    Result<void> remove_trusted_ca(std::string_view tenant, std::string_view sha256);
    /// The tenant's own issuing CA and those that it trusts, as PEM; empty if there is no such tenant.
    Result<std::vector<std::string>> ca_pems(std::string_view tenant) const;
    /// Adds a device that a trusted CA names, if it is not there. Fails with Code::not_found (tenant), Code::invalid_argument (the id),
    /// Code::conflict (an application has that name).
    Result<void> register_named_device(std::string_view tenant, std::string_view device_id);

    /// What an administrator has said of a device's key, which waits from now on if it is new; it takes the place of another one.
    /// Fails with Code::io and the like if there is no such device.
    Result<Approval> ask_for_approval(std::string_view tenant, std::string_view device_id, std::string_view key_sha256);
    /// As the functions of Broker.
    Result<std::vector<EnrollmentRequest>> list_enrollment_requests(std::string_view tenant) const;
    Result<void> decide_enrollment(std::string_view tenant, std::string_view device_id, std::string_view key_sha256, Approval approval);

    /// Writes down what the authority is about to sign for itself. Fails if the serial is known.
    Result<void> begin_own_issuance(const OwnCertificate& certificate);
    /// It is there: signed just now, or found. What an older broker or a crash left out of the log is added.
    Result<void> confirm_own_issuance(const OwnCertificate& certificate);

    /// As Broker::list_issuances.
    Result<std::vector<Issuance>> list_issuances(std::string_view tenant, std::size_t limit) const;
    /// Every serial of the tenant that is revoked. Fails with Code::not_found.
    Result<std::vector<RevokedCertificate>> revoked_certificates(std::string_view tenant) const;

    /// As begin_issuance for an application, which is added if there is none of that name. The serial is the application's from
    /// `finish` on. Fails with Code::not_found (tenant), Code::invalid_argument (the name), Code::conflict (a device has it).
    Result<void> begin_application_issuance(const CertificateRecord& record);
    /// Code::not_found if it is not pending: the application has been deleted meanwhile.
    Result<void> finish_application_issuance(std::string_view serial_hex);
    Result<void> abandon_application_issuance(std::string_view serial_hex);

private:
    struct State;
    explicit Registry(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace muster::testbroker::registry

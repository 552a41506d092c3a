// SPDX-License-Identifier: Apache-2.0
// Where tenants and devices are provisioned into. The commands know this interface and no engine.
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::engines {

struct TenantOptions {
    std::optional<bool> device_passwords;  ///< Not given: as it was.
    std::optional<bool> anonymous;
    std::optional<bool> manual_approval;
    std::optional<std::uint64_t> certificate_hours;  ///< How long certificates live that are issued from now on.
};

struct Tenant {
    std::string name;
    std::string isolation;  ///< "device" or "flat"
    std::uint64_t devices = 0;
    std::string issuing_ca_sha256;
    std::string created;  ///< RFC 3339, UTC
    bool device_passwords = false;
    bool anonymous = false;
    bool manual_approval = false;
};

struct TenantLimit {
    std::string name;
    std::optional<std::uint64_t> value;  ///< None: no limit.
};

struct Device {
    std::string tenant;
    std::string id;
    bool enrolled = false;
    std::string certificate_serial;                    ///< Empty: none yet.
    std::optional<std::string> certificate_not_after;  ///< RFC 3339, UTC
    std::string registered;
    bool revoked = false;
    std::string revocation_reason;  ///< As RFC 5280 names it; empty if it is not revoked.
    std::map<std::string, std::string> attributes;
    bool has_password = false;
    bool one_time_password_blocked = false;
    std::string approval;  ///< Of its enrollment: waiting, approved, denied; empty: there is nothing to be decided.
};

/// A device to be registered, with a one-time password or a password.
struct NewDevice {
    std::string id;
    std::string one_time_password;
    std::map<std::string, std::string> attributes;  ///< None: as they were.
    std::string password;
};

/// What became of one device of many.
struct DeviceOutcome {
    std::string id;
    unsigned status = 0;         ///< The HTTP status that it would have had alone.
    std::string change;          ///< Registered: `created`, `updated` or `unchanged`.
    std::string expires;         ///< Registered: until when its one-time password can be used.
    std::optional<Error> error;  ///< None: it is done.
};

struct Registration {
    std::string device_id;
    std::string one_time_password;
    std::string expires;
};

struct IssuedCertificate {
    std::string serial;
    std::string not_after;  ///< RFC 3339, UTC
    std::string chain_pem;  ///< The certificate, then its issuer.
};

struct Issuance {
    std::string serial;
    std::string profile;
    std::string name;
    std::string requested_by;
    std::string csr_sha256;
    std::string outcome;
    std::string not_after;
    std::string requested;
};

/// An enrollment that waits for an administrator, or was decided and not asked for again.
struct Enrollment {
    std::string device;
    std::string key_sha256;
    std::string approval;  ///< waiting, approved, denied
    std::string requested;
};

enum class Decision : std::uint8_t { approve, deny };

struct CaChallenge {
    std::string text;
    std::string expires;  ///< RFC 3339, UTC
};

struct TrustedCa {
    std::string sha256;
    std::string subject;
    std::string not_after;
    bool auto_register = false;
    std::string added;
};

/// Threads: one at a time; every call blocks for one request.
class Engine {
public:
    virtual ~Engine() = default;
    virtual Result<Tenant> create_tenant(const std::string& name, const std::string& isolation, const TenantOptions& options) = 0;
    virtual Result<Tenant> set_tenant_options(const std::string& name, const TenantOptions& options) = 0;
    virtual Result<std::vector<Tenant>> list_tenants() = 0;
    virtual Result<Tenant> find_tenant(const std::string& name) = 0;
    /// Sets those that are given and returns all.
    virtual Result<std::vector<TenantLimit>> set_tenant_limits(const std::string& name, const std::vector<TenantLimit>& limits) = 0;
    virtual Result<void> delete_tenant(const std::string& name) = 0;
    /// `reason` is one of RFC 5280's names; empty: none is told.
    virtual Result<void> revoke_device(const std::string& tenant, const std::string& id, const std::string& reason) = 0;
    virtual Result<void> revoke_certificate(const std::string& tenant, const std::string& serial, const std::string& reason) = 0;
    /// An outcome for each, in order; fails if all have failed for one reason.
    virtual Result<std::vector<DeviceOutcome>> register_devices(const std::string& tenant, const std::vector<NewDevice>& devices) = 0;
    virtual Result<std::vector<DeviceOutcome>> revoke_devices(const std::string& tenant, const std::vector<std::string>& ids,
                                                              const std::string& reason) = 0;
    virtual Result<std::vector<DeviceOutcome>> delete_devices(const std::string& tenant, const std::vector<std::string>& ids) = 0;
    /// How long the engine asked to be left alone when it last failed.
    [[nodiscard]] virtual std::optional<std::chrono::seconds> retry_after() const = 0;
    virtual Result<void> delete_device(const std::string& tenant, const std::string& id) = 0;
    virtual Result<void> delete_application(const std::string& tenant, const std::string& user) = 0;
    virtual Result<Registration> register_device(const std::string& tenant, const std::string& id) = 0;
    /// In the order of their ids, those behind `after`, `limit` of them at most.
    virtual Result<std::vector<Device>> list_devices(const std::string& tenant, const std::string& after, std::uint64_t limit) = 0;
    virtual Result<Device> find_device(const std::string& tenant, const std::string& id) = 0;
    virtual Result<std::vector<Enrollment>> list_enrollments(const std::string& tenant) = 0;
    virtual Result<void> decide_enrollment(const std::string& tenant, const std::string& id, const std::string& key_sha256,
                                           Decision decision) = 0;
    virtual Result<void> set_device_password(const std::string& tenant, const std::string& id, const std::string& password) = 0;
    virtual Result<void> set_application(const std::string& tenant, const std::string& user, const std::string& password) = 0;
    virtual Result<IssuedCertificate> issue_application_certificate(const std::string& tenant, const std::string& user,
                                                                    const std::string& csr) = 0;
    /// The newest first. Of no tenant, "": what the authority signed for the broker itself.
    virtual Result<std::vector<Issuance>> list_issuances(const std::string& tenant, std::uint64_t limit) = 0;
    /// As PEM.
    virtual Result<std::string> fetch_crl(const std::string& tenant) = 0;
    virtual Result<CaChallenge> make_ca_challenge(const std::string& tenant) = 0;
    virtual Result<TrustedCa> add_trusted_ca(const std::string& tenant, const std::string& certificate, const std::string& proof,
                                             bool auto_register) = 0;
    virtual Result<TrustedCa> set_auto_registration(const std::string& tenant, const std::string& sha256, bool auto_register) = 0;
    virtual Result<std::vector<TrustedCa>> list_trusted_cas(const std::string& tenant) = 0;
    virtual Result<void> remove_trusted_ca(const std::string& tenant, const std::string& sha256) = 0;
};

}  // namespace muster::cli::engines

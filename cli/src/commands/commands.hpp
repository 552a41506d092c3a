// SPDX-License-Identifier: Apache-2.0
// The list of commands: what each one takes, as a plain struct, and the function that runs it (one file each).
#pragma once

#include "commands/broker_run.hpp"
#include "commands/key_type.hpp"
#include "engines/engine.hpp"
#include "io.hpp"

#include <muster/identity.hpp>
#include <muster/pki.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// Opens the engine when the command needs it, so that a wrong --admin is reported by commands that use it only.
/// Borrowed for the call.
using OpenEngine = const std::function<Result<std::unique_ptr<engines::Engine>>(const std::string& where)>&;

struct TenantCreateOptions {
    std::string admin;
    std::string name;
    std::string isolation = "device";
    engines::TenantOptions options;
};
[[nodiscard]] Exit run_tenant_create(const TenantCreateOptions& options, OpenEngine open, Io& io);

struct TenantShowOptions {
    std::string admin;
    std::string name;
};
[[nodiscard]] Exit run_tenant_show(const TenantShowOptions& options, OpenEngine open, Io& io);

struct TenantSetOptions {
    std::string admin;
    std::string name;
    engines::TenantOptions options;
};
[[nodiscard]] Exit run_tenant_set(const TenantSetOptions& options, OpenEngine open, Io& io);

struct TenantLimitsOptions {
    std::string admin;
    std::string name;
    std::vector<std::string> limits;  ///< NAME=NUMBER or NAME=none.
};
[[nodiscard]] Exit run_tenant_limits(const TenantLimitsOptions& options, OpenEngine open, Io& io);

struct TenantDeleteOptions {
    std::string admin;
    std::string name;
    std::string confirmed;  ///< The name again: the question is answered.
};
[[nodiscard]] Exit run_tenant_delete(const TenantDeleteOptions& options, OpenEngine open, Io& io);

struct TenantListOptions {
    std::string admin;
};
[[nodiscard]] Exit run_tenant_list(const TenantListOptions& options, OpenEngine open, Io& io);

struct DevicePasswordOptions {
    std::string admin;
    std::string tenant;
    std::string id;
    std::string password_file;
};
[[nodiscard]] Exit run_device_password(const DevicePasswordOptions& options, OpenEngine open, Io& io);

struct DeviceApprovalsOptions {
    std::string admin;
    std::string tenant;
};
[[nodiscard]] Exit run_device_approvals(const DeviceApprovalsOptions& options, OpenEngine open, Io& io);

struct DeviceDecisionOptions {
    std::string admin;
    std::string tenant;
    std::vector<std::string> ids;
    std::string key_sha256;  ///< Empty: whichever key each waits with.
};
[[nodiscard]] Exit run_device_approve(const DeviceDecisionOptions& options, OpenEngine open, Io& io);
[[nodiscard]] Exit run_device_deny(const DeviceDecisionOptions& options, OpenEngine open, Io& io);

struct ApplicationDeleteOptions {
    std::string admin;
    std::string tenant;
    std::string user;
};
[[nodiscard]] Exit run_application_delete(const ApplicationDeleteOptions& options, OpenEngine open, Io& io);

struct ApplicationCreateOptions {
    std::string admin;
    std::string tenant;
    std::string user;
    std::string password_file;       ///< Or `csr`, or both.
    std::filesystem::path csr;       ///< A PKCS#10 request in PEM.
    std::filesystem::path cert_out;  ///< Where its certificate goes, before its issuer's.
};
[[nodiscard]] Exit run_application_create(const ApplicationCreateOptions& options, OpenEngine open, Io& io);

struct CaLogOptions {
    std::string admin;
    std::string tenant;
    std::uint64_t limit = 1'000;
};
[[nodiscard]] Exit run_ca_log(const CaLogOptions& options, OpenEngine open, Io& io);

struct CaCrlOptions {
    std::string admin;
    std::string tenant;
    std::string out = "-";
};
[[nodiscard]] Exit run_ca_crl(const CaCrlOptions& options, OpenEngine open, Io& io);

struct CaChallengeOptions {
    std::string admin;
    std::string tenant;
};
[[nodiscard]] Exit run_ca_challenge(const CaChallengeOptions& options, OpenEngine open, Io& io);

struct CaAddOptions {
    std::string admin;
    std::string tenant;
    std::filesystem::path certificate;
    std::filesystem::path proof;
    std::optional<bool> auto_register;
};
[[nodiscard]] Exit run_ca_add(const CaAddOptions& options, OpenEngine open, Io& io);

struct CaSetOptions {
    std::string admin;
    std::string tenant;
    std::string sha256;
    std::optional<bool> auto_register;
};
[[nodiscard]] Exit run_ca_set(const CaSetOptions& options, OpenEngine open, Io& io);

struct CaListOptions {
    std::string admin;
    std::string tenant;
};
[[nodiscard]] Exit run_ca_list(const CaListOptions& options, OpenEngine open, Io& io);

struct CaRemoveOptions {
    std::string admin;
    std::string tenant;
    std::string sha256;
};
[[nodiscard]] Exit run_ca_remove(const CaRemoveOptions& options, OpenEngine open, Io& io);

struct KeyCreateOptions {
    std::filesystem::path out = "device.key";
    bool force = false;
    std::string key_store = "file:";
    std::string key_password_file;
    KeyTypeOptions type;
    bool encrypt = false;
    std::string public_out;  ///< Empty: the public key is not written.
};
[[nodiscard]] Exit run_key_create(const KeyCreateOptions& options, Io& io);
/// The same, with a password that was found already.
[[nodiscard]] Exit create_key(const KeyCreateOptions& options, const KeyPassword& password, Io& io);

struct CsrCreateOptions {
    pki::RequestedNames names;
    std::filesystem::path key = "device.key";
    bool create_key = false;
    std::string key_store = "file:";
    std::string key_password_file;
    std::string out = "-";
};
[[nodiscard]] Exit run_csr_create(const CsrCreateOptions& options, Io& io);

struct CsrSignOptions {
    std::string csr = "-";
    std::filesystem::path ca_cert;
    std::filesystem::path ca_key;
    std::filesystem::path ca_key_password_file;
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);
    bool is_server = false;
    std::string tenant;
    std::vector<std::string> alt_names;
    std::string out = "-";
};
[[nodiscard]] Exit run_csr_sign(const CsrSignOptions& options, Io& io);

struct CertEnrollOptions {
    std::string est_url;
    std::string device_id;
    std::string otp_file;
    std::string key_store = "file:";
    std::string key_password_file;
    std::filesystem::path cafile;
    std::filesystem::path out_dir;
    std::chrono::milliseconds max_timeout{0};  ///< 0: ask once.
    std::chrono::milliseconds retry_every{0};  ///< 0: as the server asks.
};
[[nodiscard]] Exit run_cert_enroll(const CertEnrollOptions& options, Io& io);

struct CertImportOptions {
    std::filesystem::path pkcs12;
    std::string password_file;
    std::filesystem::path key;
    std::filesystem::path chain;
    std::string key_password_file;
    std::filesystem::path cafile;
    std::string device_id;
    std::filesystem::path out_dir;
};
[[nodiscard]] Exit run_cert_import(const CertImportOptions& options, Io& io);

struct CertRenewOptions {
    std::filesystem::path identity;
    std::string est_url;
    std::filesystem::path cafile;
    std::string expires_in = "66%";
    bool force = false;
    bool rekey = false;
    std::string host;  ///< Empty: the new certificate is put in use untried.
    std::filesystem::path key_password_file;
    std::string exec;
    bool error_unchanged = false;
    bool watch = false;                              ///< Stay, and renew whenever it is due.
    std::optional<std::chrono::milliseconds> splay;  ///< Over which renewals are spread; none: as WatchPlan says, or, once, not at all.
};
[[nodiscard]] Exit run_cert_renew(const CertRenewOptions& options, Io& io);

struct CertNeedsRenewalOptions {
    std::filesystem::path place;
    std::string expires_in = "66%";
};
[[nodiscard]] Exit run_cert_needs_renewal(const CertNeedsRenewalOptions& options, Io& io);

/// What pub and sub share: whom to connect to, and as whom.
struct DemoOptions {
    std::uint64_t readings = 2'000;
    std::chrono::milliseconds outage{3'000};
    std::filesystem::path keep;  ///< Where its files stay; empty: a temporary directory, removed at the end.
};
[[nodiscard]] Exit run_demo(const DemoOptions& options, Io& io);

[[nodiscard]] Exit run_version(Io& io);

}  // namespace muster::cli

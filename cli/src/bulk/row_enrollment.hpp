// SPDX-License-Identifier: Apache-2.0
// One row of a list: from a device id to an identity directory.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/row_workers.hpp"
#include "bulk/run_record.hpp"
#include "engines/engine.hpp"

#include <muster/issuer.hpp>
#include <muster/pki.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace muster::cli::bulk {

struct RowEnrollmentOptions {
    std::string est_url;
    std::string tenant;
    std::filesystem::path trust_anchors;
    std::filesystem::path out_dir;
    std::filesystem::path key_password_file;  ///< Empty: keys are in the clear.
    std::filesystem::path p12_password_file;  ///< Empty: no PKCS#12.
    unsigned retries = 3;
    bool is_anew = false;  ///< Also devices that have an identity.
    /// A CA at hand, instead of an EST server; borrowed. `trust_anchors_pem` goes into the identities, where there is any.
    const pki::Issuer* issuer = nullptr;
    pki::IssueOptions issue;
    std::string trust_anchors_pem;
};

/// Where a device's PKCS#12 file is.
[[nodiscard]] std::filesystem::path p12_in(const std::filesystem::path& identity_dir);

/// Registers where the list has no password, enrolls, and exports. A device whose directory holds a good identity is left as it is.
///
/// Where this run, or one before it, had registered the device and then was cut off, a certificate may have been issued that nobody has.
/// The engine then says that the device has enrolled already: it is deleted, which revokes that certificate, and registered again.
/// Threads: any; `engine` is one thread's.
class RowEnrollment {
public:
    /// All borrowed.
    RowEnrollment(const RowEnrollmentOptions& options, RunRecord& record) : options_(options), record_(record) {}

    /// `engine` may be null, for lists with passwords. `workers` is asked to wait between attempts.
    RowOutcome enroll(const FleetRow& row, engines::Engine* engine, RowWorkers& workers) const;
    /// Whether the row has all that is asked for, as far as can be seen from names of files.
    [[nodiscard]] bool has_files(const FleetRow& row) const;

private:
    [[nodiscard]] std::optional<pki::CertificateInfo> good_identity(const FleetRow& row) const;
    [[nodiscard]] Result<pki::CertificateInfo> attempt(const FleetRow& row, engines::Engine* engine,
                                                       std::optional<Error>& end_of_all) const;
    [[nodiscard]] Result<std::string> obtain_password(const FleetRow& row, engines::Engine& engine, std::optional<Error>& end_of_all) const;
    [[nodiscard]] Result<void> export_p12(const FleetRow& row) const;
    [[nodiscard]] std::filesystem::path directory_of(const FleetRow& row) const { return options_.out_dir / row.id; }

    const RowEnrollmentOptions& options_;
    RunRecord& record_;
};

}  // namespace muster::cli::bulk

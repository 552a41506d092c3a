// SPDX-License-Identifier: Apache-2.0
// `device enroll` over a list: from device ids to identity directories.
#pragma once

#include "bulk/operation.hpp"
#include "engines/engine.hpp"
#include "output/whole_file.hpp"

#include <muster/est_observer.hpp>
#include <muster/issuer.hpp>
#include <muster/pki.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
    /// A CA at hand, instead of an EST server. `trust_anchors_pem` goes into the identities, where there is any.
    std::optional<pki::Issuer> issuer;
    pki::IssueOptions issue;
    std::string trust_anchors_pem;
    std::shared_ptr<EstObserver> observer;  ///< Is told of every request to the EST server, by many threads; none: nobody is.
};

/// Where a device's PKCS#12 file is.
[[nodiscard]] std::filesystem::path p12_in(const std::filesystem::path& identity_dir);

/// Registers where the list has no password, enrolls, and exports. A device whose directory holds a good identity is left as it is.
///
/// Where this run, or one before it, had registered the device and then was cut off, a certificate may have been issued that nobody has.
/// The engine then says that the device has enrolled already: it is deleted, which revokes that certificate, and registered again.
class RowEnrollment final : public Operation {
public:
    /// `engines` is empty, for lists with passwords, or has one for each worker.
    RowEnrollment(RowEnrollmentOptions options, std::vector<std::unique_ptr<engines::Engine>> engines)
        : options_(std::move(options)), engines_(std::move(engines)) {}

    [[nodiscard]] Words words() const override { return {"device enroll", "enroll", "enrolled"}; }
    [[nodiscard]] JournalOwner owner() const override;
    [[nodiscard]] std::vector<std::string> result_columns() const override { return {"cert_path", "serial", "not_after"}; }
    Result<void> begin(const FleetCheck& list, RunRecord& record) override;
    std::vector<RowOutcome> work(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers) override;
    /// As far as can be seen from names of files.
    [[nodiscard]] bool is_lost(const FleetRow& row) const override;
    /// Adds the device's files to the manifest of the directory, as sha256sum(1) checks it.
    Result<void> take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) override;
    Result<void> end() override;

private:
    RowOutcome enroll(const FleetRow& row, engines::Engine* engine, RowWorkers& workers) const;
    [[nodiscard]] std::optional<pki::CertificateInfo> good_identity(const FleetRow& row) const;
    [[nodiscard]] Result<pki::CertificateInfo> attempt(const FleetRow& row, engines::Engine* engine,
                                                       std::optional<Error>& end_of_all) const;
    [[nodiscard]] Result<std::string> obtain_password(const FleetRow& row, engines::Engine& engine, std::optional<Error>& end_of_all) const;
    [[nodiscard]] Result<void> export_p12(const FleetRow& row) const;
    [[nodiscard]] std::filesystem::path directory_of(const FleetRow& row) const { return options_.out_dir / row.id; }
    Result<void> open_manifest();

    const RowEnrollmentOptions options_;
    std::vector<std::unique_ptr<engines::Engine>> engines_;
    RunRecord* record_ = nullptr;
    std::optional<WholeFile> manifest_;
};

}  // namespace muster::cli::bulk

// SPDX-License-Identifier: Apache-2.0
// One row of a list, enrolled.
#include "bulk/row_enrollment.hpp"

#include "bulk/device_id.hpp"
#include "bulk/retry.hpp"
#include "bulk/sync.hpp"
#include "output/time.hpp"

#include <muster/enroll.hpp>

#include <chrono>
#include <system_error>
#include <utility>

namespace muster::cli::bulk {
namespace {

// A sync for each of thousands of small files takes longer than making them.
constexpr std::size_t identities_per_sync = 1'000;

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

RowOutcome outcome_of(const FleetRow& row, const Result<pki::CertificateInfo>& certificate) {
    RowOutcome outcome;
    outcome.entry.line = row.line;
    outcome.entry.id = row.id;
    outcome.entry.status = certificate ? RowStatus::ok : RowStatus::failed;
    if (certificate) {
        outcome.entry.serial = certificate->serial_hex;
        outcome.entry.not_after = rfc3339(certificate->not_after);
    } else {
        outcome.entry.code = std::string(name_of(certificate.error().code()));
        outcome.entry.error = certificate.error().message();
    }
    return outcome;
}

}  // namespace

std::filesystem::path p12_in(const std::filesystem::path& identity_dir) {
    return identity_dir / "device.p12";
}

JournalOwner RowEnrollment::owner() const {
    std::error_code ignored;
    return {words().command, options_.tenant,
            std::filesystem::weakly_canonical(std::filesystem::absolute(options_.out_dir), ignored).string()};
}

Result<void> RowEnrollment::begin(const FleetCheck&, RunRecord& record) {
    record_ = &record;
    if (options_.issuer) record.set_barrier([this] { return sync_file_system(options_.out_dir); }, identities_per_sync);
    return {};
}

bool RowEnrollment::is_lost(const FleetRow& row) const {
    const auto directory = directory_of(row);
    const IdentityFiles files = IdentityFiles::in(directory);
    return !is_there(files.chain) || !is_there(files.key) || (!options_.p12_password_file.empty() && !is_there(p12_in(directory)));
}

Result<void> RowEnrollment::open_manifest() {
    if (manifest_) return {};
    auto manifest = WholeFile::create(options_.out_dir / manifest_name);
    if (!manifest) return std::move(manifest).error();
    manifest_.emplace(std::move(*manifest));
    return {};
}

// Two spaces, as sha256sum(1) writes it; no id has a character that it would escape.
Result<void> RowEnrollment::take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) {
    if (entry.status != RowStatus::ok) return {};
    if (auto opened = open_manifest(); !opened) return opened;
    const auto directory = directory_of(row);
    const IdentityFiles identity = IdentityFiles::in(directory);
    result.update({{"cert_path", identity.certificate.string()}, {"serial", entry.serial}, {"not_after", entry.not_after}});
    for (const auto& file : {identity.key, identity.certificate, identity.chain, identity.trust_anchors, p12_in(directory)}) {
        const auto checksum = pki::sha256_of_file(file);
        if (!checksum && checksum.error().code() == Code::not_found) continue;
        if (!checksum) return checksum.error();
        auto written = manifest_->write(*checksum + "  " + row.id + "/" + file.filename().string() + "\n");
        if (!written) return written;
    }
    return {};
}

Result<void> RowEnrollment::end() {
    if (auto opened = open_manifest(); !opened) return opened;
    return manifest_->commit();
}

// The chain is what enrollment writes last: without it, the identity is none.
std::optional<pki::CertificateInfo> RowEnrollment::good_identity(const FleetRow& row) const {
    const IdentityFiles files = IdentityFiles::in(directory_of(row));
    if (!is_there(files.key) || !is_there(files.chain)) return std::nullopt;
    const auto certificates = pki::load_certificates(files.certificate);
    const auto chain = pki::load_certificates(files.chain);
    if (!certificates || !chain || certificates->front().sha256 != chain->front().sha256) return std::nullopt;
    const pki::CertificateInfo& certificate = certificates->front();
    // Files that were not synced may be empty after a power cut.
    const bool has_key = !options_.issuer || pki::create_csr(files.key, row.id, {options_.key_password_file, {}}).ok();
    const bool is_good = has_key && certificate.common_name == row.id && certificate.not_after > std::chrono::system_clock::now();
    return is_good ? std::optional(certificate) : std::nullopt;
}

Result<std::string> RowEnrollment::obtain_password(const FleetRow& row, engines::Engine& engine, std::optional<Error>& end_of_all) const {
    auto registration = engine.register_device(options_.tenant, row.id);
    const bool is_lost = !registration && registration.error().code() == Code::conflict && record_->is_begun(row.number);
    if (is_lost) {
        if (auto deleted = engine.delete_device(options_.tenant, row.id); !deleted) return std::move(deleted).error();
        registration = engine.register_device(options_.tenant, row.id);
    }
    if (!registration) {
        // Nothing but the tenant can be missing.
        if (registration.error().code() == Code::not_found) end_of_all = registration.error();
        return std::move(registration).error();
    }
    if (auto begun = record_->mark_begun(row); !begun) {
        end_of_all = begun.error();
        return std::move(begun).error();
    }
    return std::move(registration->one_time_password);
}

Result<pki::CertificateInfo> RowEnrollment::attempt(const FleetRow& row, engines::Engine* engine, std::optional<Error>& end_of_all) const {
    if (options_.issuer) {
        return options_.issuer->make_identity(directory_of(row), row.id, options_.issue, options_.trust_anchors_pem,
                                              {options_.key_password_file, {}});
    }
    EnrollRequest request;
    request.one_time_password = row.one_time_password;
    if (request.one_time_password.empty()) {
        if (engine == nullptr) return Error{Code::invalid_argument, "there is no one-time password"};
        auto password = obtain_password(row, *engine, end_of_all);
        if (!password) return std::move(password).error();
        request.one_time_password = std::move(*password);
    }
    request.est_url = options_.est_url;
    request.device_id = row.id;
    request.trust_anchors = options_.trust_anchors;
    request.identity_dir = directory_of(row);
    request.key_password.file = options_.key_password_file;
    request.observer = options_.observer.get();
    auto certificate = muster::enroll(request);
    // Ids and passwords have been checked, so what is wrong with the request is wrong for all.
    if (!certificate && certificate.error().code() == Code::invalid_argument) end_of_all = certificate.error();
    return certificate;
}

Result<void> RowEnrollment::export_p12(const FleetRow& row) const {
    if (options_.p12_password_file.empty()) return {};
    const auto directory = directory_of(row);
    return pki::store_pkcs12(p12_in(directory), IdentityFiles::in(directory), {options_.p12_password_file, {}},
                             {options_.key_password_file, {}});
}

std::vector<RowOutcome> RowEnrollment::work(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers) {
    std::vector<RowOutcome> outcomes;
    outcomes.reserve(rows.size());
    for (const auto& row : rows) outcomes.push_back(enroll(row, engines_.empty() ? nullptr : engines_[worker].get(), workers));
    return outcomes;
}

RowOutcome RowEnrollment::enroll(const FleetRow& row, engines::Engine* engine, RowWorkers& workers) const {
    std::optional<Error> end_of_all;
    const auto known = options_.is_anew ? std::nullopt : good_identity(row);
    Result<pki::CertificateInfo> certificate = known ? Result(*known) : attempt(row, engine, end_of_all);
    for (unsigned retry = 0; !certificate && !end_of_all && retry < options_.retries; ++retry) {
        if (!is_worth_a_retry(certificate.error().code()) || !workers.wait_for(pause_before(retry))) break;
        certificate = attempt(row, engine, end_of_all);
    }
    if (certificate) {
        if (auto exported = export_p12(row); !exported) certificate = exported.error();
    }
    RowOutcome outcome = outcome_of(row, certificate);
    outcome.end_of_all = end_of_all;
    if (!certificate && certificate.error().code() == Code::no_space) outcome.end_of_all = certificate.error();
    return outcome;
}

}  // namespace muster::cli::bulk

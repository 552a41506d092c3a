// SPDX-License-Identifier: Apache-2.0
// The files that a run over a list ends with.
#include "bulk/run_report.hpp"

#include "bulk/device_id.hpp"
#include "bulk/row_enrollment.hpp"
#include "output/whole_file.hpp"

#include <muster/identity.hpp>
#include <muster/pki.hpp>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t lines_per_reason = 10;
constexpr std::size_t max_reasons = 20;

std::string quoted(const std::string& text) {
    if (text.find_first_of("\",;\t\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

/// The report being written. Threads: one.
class Report {
public:
    Report(const ReportFiles& files, const OnResult& on_result) : files_(files), on_result_(on_result) {}

    Result<void> begin(const std::string& header) {
        header_ = header;
        auto manifest = WholeFile::create(files_.out_dir / manifest_name);
        if (!manifest) return std::move(manifest).error();
        manifest_.emplace(std::move(*manifest));
        if (files_.results.empty()) return {};
        auto results = WholeFile::create(files_.results);
        if (!results) return std::move(results).error();
        results_.emplace(std::move(*results));
        return results_->write("line,id,status,code,error,cert_path,serial,not_after\n");
    }

    Result<void> add(const FleetRow& row, const JournalEntry& entry) {
        const auto certificate = IdentityFiles::in(files_.out_dir / row.id).certificate;
        const bool is_ok = entry.status == RowStatus::ok;
        on_result_(entry, certificate);
        if (results_) {
            const std::string path = is_ok ? certificate.string() : "";
            auto written = results_->write(std::to_string(row.line) + "," + row.id + (is_ok ? ",ok," : ",failed,") + entry.code + "," +
                                           quoted(entry.error) + "," + quoted(path) + "," + entry.serial + "," + entry.not_after + "\n");
            if (!written) return written;
        }
        if (is_ok) {
            ++summary_.ok;
            return add_checksums(row.id);
        }
        count_failure(row, entry);
        return add_failed(row);
    }

    Result<ReportSummary> finish() {
        if (auto done = manifest_->commit(); !done) return std::move(done).error();
        if (results_) {
            if (auto done = results_->commit(); !done) return std::move(done).error();
        }
        if (failed_) {
            if (auto done = failed_->commit(); !done) return std::move(done).error();
        } else {
            std::error_code ignored;
            std::filesystem::remove(files_.failed, ignored);
        }
        return std::move(summary_);
    }

private:
    // Two spaces, as sha256sum(1) writes it; no id has a character that it would escape.
    Result<void> add_checksums(const std::string& id) {
        const auto directory = files_.out_dir / id;
        const IdentityFiles identity = IdentityFiles::in(directory);
        for (const auto& file : {identity.key, identity.certificate, identity.chain, identity.trust_anchors, p12_in(directory)}) {
            const auto checksum = pki::sha256_of_file(file);
            if (!checksum && checksum.error().code() == Code::not_found) continue;
            if (!checksum) return checksum.error();
            if (auto written = manifest_->write(*checksum + "  " + id + "/" + file.filename().string() + "\n"); !written) return written;
        }
        return {};
    }

    void count_failure(const FleetRow& row, const JournalEntry& entry) {
        ++summary_.failed;
        auto& failures = summary_.failures;
        auto found = std::find_if(failures.begin(), failures.end(), [&](const Failures& known) { return known.code == entry.code; });
        if (found == failures.end()) {
            if (failures.size() == max_reasons) return;
            found = failures.insert(failures.end(), Failures{entry.code, entry.error, 0, {}});
        }
        ++found->count;
        if (found->lines.size() < lines_per_reason) found->lines.push_back(row.line);
    }

    Result<void> add_failed(const FleetRow& row) {
        if (!failed_) {
            auto file = WholeFile::create(files_.failed);
            if (!file) return std::move(file).error();
            failed_.emplace(std::move(*file));
            if (auto written = failed_->write(header_ + "\n"); !written) return written;
        }
        return failed_->write(row.raw + "\n");
    }

    const ReportFiles& files_;
    const OnResult& on_result_;
    std::string header_;
    std::optional<WholeFile> manifest_;
    std::optional<WholeFile> results_;
    std::optional<WholeFile> failed_;
    ReportSummary summary_;
};

}  // namespace

Result<ReportSummary> write_report(const FleetListOptions& list, const RunRecord& record, const ReportFiles& files,
                                   const OnResult& on_result) {
    auto rows = FleetRows::open(list);
    if (!rows) return std::move(rows).error();
    Report report(files, on_result);
    if (auto begun = report.begin(rows->header()); !begun) return std::move(begun).error();
    FleetRow row;
    while (true) {
        auto more = rows->next(row);
        if (!more) return std::move(more).error();
        if (!*more) return report.finish();
        const RowStatus status = record.status_of(row.number);
        if (status != RowStatus::ok && status != RowStatus::failed) continue;
        auto entry = record.entry_of(row.number);
        if (!entry) return std::move(entry).error();
        if (auto added = report.add(row, *entry); !added) return std::move(added).error();
    }
}

}  // namespace muster::cli::bulk

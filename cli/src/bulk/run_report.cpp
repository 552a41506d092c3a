// SPDX-License-Identifier: Apache-2.0
// What a run over a list ends with.
#include "bulk/run_report.hpp"

#include "output/records.hpp"
#include "output/whole_file.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>
#include <utility>

namespace muster::cli::bulk {
namespace {

using Json = nlohmann::json;

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

std::vector<std::string> all_columns(const Operation& operation) {
    std::vector<std::string> columns{"line", "id", "status", "http_status", "code", "error"};
    for (auto& column : operation.result_columns()) columns.push_back(std::move(column));
    return columns;
}

View view_of(const std::vector<std::string>& columns) {
    View view{"id", {}};
    for (const auto& column : columns) {
        std::string heading = column;
        for (char& c : heading) c = c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        view.columns.push_back({std::move(heading), column});
    }
    return view;
}

std::string reason_of(const JournalEntry& entry) {
    return (entry.http_status == 0 ? "" : std::to_string(entry.http_status) + " ") + entry.code;
}

/// The report being written. Threads: one.
class Report {
public:
    Report(Operation& operation, const ReportFiles& files, const Io& io)
        : operation_(operation), files_(files), io_(io), columns_(all_columns(operation)), stream_(io, view_of(columns_)) {}

    Result<void> begin(const std::string& header) {
        header_ = header;
        if (io_.asks_data()) {
            if (auto possible = stream_.check(); !possible) return possible;
        }
        if (files_.results.empty()) return {};
        auto results = WholeFile::create(files_.results);
        if (!results) return std::move(results).error();
        results_.emplace(std::move(*results));
        std::string line;
        for (const auto& column : columns_) line += (line.empty() ? "" : ",") + column;
        return is_json_lines() ? Result<void>() : results_->write(line + "\n");
    }

    Result<void> add(const FleetRow& row, const JournalEntry& entry) {
        const bool is_ok = entry.status == RowStatus::ok;
        Json result{{"line", row.line}, {"id", row.id}, {"status", is_ok ? "ok" : "failed"}};
        if (entry.http_status != 0) result["http_status"] = entry.http_status;
        if (!is_ok) result.update({{"code", entry.code}, {"error", entry.error}});
        if (auto taken = operation_.take_result(row, entry, result); !taken) return taken;
        if (auto written = write(result); !written) return written;
        if (is_ok) {
            ++summary_.ok;
            if (operation_.was_unchanged(entry)) ++summary_.unchanged;
            return {};
        }
        count_failure(row, entry);
        return add_failed(row);
    }

    Result<ReportSummary> finish() {
        if (auto ended = operation_.end(); !ended) return std::move(ended).error();
        if (io_.format == Format::json) static_cast<void>(print_list(io_, all_, view_of(columns_)));
        if (results_) {
            if (auto done = results_->commit(); !done) return std::move(done).error();
        }
        if (failed_) {
            if (auto done = failed_->commit(); !done) return std::move(done).error();
        } else if (!files_.failed.empty()) {
            std::error_code ignored;
            std::filesystem::remove(files_.failed, ignored);
        }
        return std::move(summary_);
    }

private:
    [[nodiscard]] bool is_json_lines() const {
        const auto extension = files_.results.extension();
        return extension == ".jsonl" || extension == ".ndjson";
    }

    Result<void> write(const Json& result) {
        if (io_.format == Format::json)
            all_.push_back(result);
        else if (io_.asks_data())
            stream_.print(result);
        if (!results_) return {};
        if (is_json_lines()) return results_->write(result.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
        std::string line;
        for (const auto& column : columns_) line += (&column == &columns_.front() ? "" : ",") + quoted(cell_of(result, column, ""));
        return results_->write(line + "\n");
    }

    void count_failure(const FleetRow& row, const JournalEntry& entry) {
        ++summary_.failed;
        auto& failures = summary_.failures;
        const std::string reason = reason_of(entry);
        auto found = std::find_if(failures.begin(), failures.end(), [&](const Failures& known) { return known.reason == reason; });
        if (found == failures.end()) {
            if (failures.size() == max_reasons) return;
            found = failures.insert(failures.end(), Failures{reason, entry.error, 0, {}});
        }
        ++found->count;
        if (found->lines.size() < lines_per_reason) found->lines.push_back(row.line);
    }

    Result<void> add_failed(const FleetRow& row) {
        if (files_.failed.empty()) return {};
        if (!failed_) {
            auto file = WholeFile::create(files_.failed);
            if (!file) return std::move(file).error();
            failed_.emplace(std::move(*file));
            // JSON lines have no header.
            auto written = header_.empty() ? Result<void>() : failed_->write(header_ + "\n");
            if (!written) return written;
        }
        return failed_->write(row.raw + "\n");
    }

    Operation& operation_;
    const ReportFiles& files_;
    const Io& io_;
    const std::vector<std::string> columns_;
    RecordStream stream_;
    Json all_ = Json::array();
    std::string header_;
    std::optional<WholeFile> results_;
    std::optional<WholeFile> failed_;
    ReportSummary summary_;
};

}  // namespace

Result<ReportSummary> write_report(const FleetListOptions& list, const RunRecord& record, Operation& operation, const ReportFiles& files,
                                   const Io& io) {
    auto rows = FleetRows::open(list);
    if (!rows) return std::move(rows).error();
    Report report(operation, files, io);
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

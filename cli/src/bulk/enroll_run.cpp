// SPDX-License-Identifier: Apache-2.0
// A run over a list, from its journal to its summary.
#include "bulk/enroll_run.hpp"

#include "base/files.hpp"
#include "bulk/progress.hpp"
#include "output/records.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace muster::cli::bulk {
namespace {

View result_view() {
    return {"id",
            {{"LINE", "line"},
             {"ID", "id"},
             {"STATUS", "status"},
             {"CERTIFICATE", "cert_path"},
             {"SERIAL", "serial"},
             {"UNTIL", "not_after"},
             {"CODE", "code"},
             {"ERROR", "error"}}};
}

using Clock = std::chrono::steady_clock;

// How soon a signal, the end, or new figures are noticed.
constexpr std::chrono::milliseconds reaction{50};

/// One run. Threads: one; its workers call the private functions that are handed to them.
class EnrollRun {
public:
    EnrollRun(const EnrollRunOptions& options, const FleetCheck& check, std::vector<std::unique_ptr<engines::Engine>>& engines,
              Journal journal, FleetRows rows, Io& io)
        : options_(options),
          check_(check),
          engines_(engines),
          io_(io),
          record_(std::move(journal), check),
          rows_(std::move(rows)),
          enrollment_(options_.row, record_),
          workers_(
              options_.limits, [this](FleetRow& row) { return next(row); },
              [this](const FleetRow& row, unsigned worker) {
                  return enrollment_.enroll(row, engines_.empty() ? nullptr : engines_[worker].get(), workers_);
              },
              [this](const FleetRow& row, const RowOutcome& outcome) { return record_.record(row, outcome.entry); }) {}

    Exit run(StopSignals& signals) {
        if (options_.row.issuer != nullptr) record_.set_barrier([this] { return sync_identities(); });
        if (auto resumed = resume(); !resumed) return io_.fail(resumed.error());
        const auto signal = work(signals);
        if (auto synced = record_.sync(); !synced) return io_.fail(synced.error());
        const auto summary = report();
        if (!summary) return io_.fail(summary.error());
        return end(*summary, signal);
    }

private:
    Result<void> resume() {
        if (options_.row.is_anew) return {};
        if (auto resumed = record_.resume(check_); !resumed) return resumed;
        done_before_ = record_.count(RowStatus::ok);
        if (done_before_ > 0)
            io_.say("resuming " + options_.journal.string() + ": " + std::to_string(done_before_) + " done, " +
                    std::to_string(check_.rows() - done_before_) + " to do");
        return {};
    }

    // Those that are done are passed over here, and counted again only if their files are gone.
    Result<bool> next(FleetRow& row) {
        std::optional<Problem> problem;
        while (true) {
            auto more = rows_.next(row, [&problem](Problem found) { problem = std::move(found); });
            if (!more || !*more) return more;
            if (problem || row.number >= check_.rows())
                return Error{Code::conflict, options_.list.file.string() + " has been changed while it was read",
                             "run the same command again"};
            if (record_.status_of(row.number) != RowStatus::ok || !enrollment_.has_files(row)) return true;
        }
    }

    // One call for everything that was written: a sync for each of thousands of small files takes longer than making them.
    Result<void> sync_identities() {
        const int fd = ::open(options_.row.out_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return base::system_error(errno, "cannot open", options_.row.out_dir);
        const int number = ::syncfs(fd) == 0 ? 0 : errno;
        ::close(fd);
        return number == 0 ? Result<void>() : base::system_error(number, "cannot sync", options_.row.out_dir);
    }

    std::optional<int> work(StopSignals& signals) {
        const auto kind = io_.quiet || io_.asks_json() ? Progress::Kind::none
                          : io_.err_is_terminal        ? Progress::Kind::terminal
                                                       : Progress::Kind::lines;
        Progress progress(io_.err, kind, "enroll", check_.rows(), done_before_, Clock::now());
        std::optional<int> signal;
        workers_.start();
        while (!workers_.is_done()) {
            const auto caught = signals.wait(reaction);
            if (caught && !signal) {
                signal = caught;
                workers_.stop();
                io_.say(std::string(io_.err_is_terminal ? "\n" : "") + "stopping after the devices under way; once more to stop at once");
            }
            progress.update(done(), workers_.failed(), Clock::now());
        }
        workers_.join();
        progress.finish(done(), workers_.failed(), Clock::now());
        return signal;
    }

    [[nodiscard]] std::uint64_t done() const { return done_before_ + workers_.succeeded() + workers_.failed(); }

    Result<ReportSummary> report() {
        auto all = nlohmann::json::array();
        RecordStream stream(io_, result_view());
        const OnResult print = [&](const JournalEntry& entry, const std::filesystem::path& certificate) {
            if (!io_.asks_data()) return;
            nlohmann::json result{{"line", entry.line}, {"id", entry.id}, {"status", entry.status == RowStatus::ok ? "ok" : "failed"}};
            if (entry.status == RowStatus::ok) {
                result.update({{"cert_path", certificate.string()}, {"serial", entry.serial}, {"not_after", entry.not_after}});
            } else {
                result.update({{"code", entry.code}, {"error", entry.error}});
            }
            if (io_.format == Format::json)
                all.push_back(std::move(result));
            else
                stream.print(result);
        };
        auto summary = write_report(options_.list, record_, options_.files, print);
        if (summary && io_.format == Format::json) static_cast<void>(print_list(io_, all, result_view()));
        return summary;
    }

    Exit end(const ReportSummary& summary, std::optional<int> signal) {
        for (const auto& failures : summary.failures) tell(failures);
        const std::string counts = std::to_string(summary.ok) + " enrolled, " + std::to_string(summary.failed) + " failed";
        if (workers_.error())
            return io_.fail(Error{workers_.error()->code(), workers_.error()->message() + "; so far " + counts, again(*workers_.error())});
        if (signal)
            return stop(static_cast<Exit>(128 + *signal), "interrupted",
                        "interrupted: of " + std::to_string(check_.rows()) + " rows " + counts);
        io_.say(std::to_string(check_.rows()) + " rows: " + counts + (summary.failed > 0 ? " -> " + options_.files.failed.string() : ""));
        if (workers_.failed_too_often() && summary.ok + summary.failed < check_.rows())
            return stop(Exit::aborted, "aborted", "stopped after " + std::to_string(workers_.failed()) + " failures (--max-errors)");
        if (summary.failed == 0) return Exit::ok;
        const std::string hint = "mend what is wrong and run the same command again, or only the rows in " + options_.files.failed.string();
        if (io_.asks_json()) return io_.fail_as(Exit::partial, "partial", counts, hint);
        io_.err << "  hint: " << hint << std::endl;
        return Exit::partial;
    }

    // Stopped, not failed: for people it is no error.
    [[nodiscard]] Exit stop(Exit exit, std::string_view code, const std::string& message) const {
        if (io_.asks_json()) return io_.fail_as(exit, code, message, "run the same command to continue");
        io_.err << "muster: " << message << "; run the same command to continue" << std::endl;
        return exit;
    }

    static std::string again(const Error& error) {
        return error.hint().empty() ? "run the same command to continue" : error.hint() + "; then run the same command to continue";
    }

    void tell(const Failures& failures) const {
        if (io_.asks_json()) return;
        std::string lines;
        for (const auto line : failures.lines) lines += (lines.empty() ? "" : ", ") + std::to_string(line);
        if (failures.lines.size() < failures.count) lines += ", ...";
        io_.err << "  " << failures.count << "x " << failures.code << ": " << failures.example << "  (lines " << lines << ")\n";
    }

    const EnrollRunOptions& options_;
    const FleetCheck& check_;
    std::vector<std::unique_ptr<engines::Engine>>& engines_;
    Io& io_;
    RunRecord record_;
    FleetRows rows_;
    RowEnrollment enrollment_;
    std::uint64_t done_before_ = 0;
    RowWorkers workers_;  // The last: its threads use the others.
};

}  // namespace

Exit run_enrollment(const EnrollRunOptions& options, const FleetCheck& check, std::vector<std::unique_ptr<engines::Engine>>& engines,
                    StopSignals& signals, Io& io) {
    std::error_code ignored;
    const auto directory = std::filesystem::weakly_canonical(options.row.out_dir, ignored);
    const auto start = options.row.is_anew ? Journal::Start::anew : Journal::Start::resume;
    auto journal = Journal::open(options.journal, {"device enroll", options.row.tenant, directory.string()}, start);
    if (!journal) return io.fail(journal.error());
    auto rows = FleetRows::open(options.list);
    if (!rows) return io.fail(rows.error());
    return EnrollRun(options, check, engines, std::move(*journal), std::move(*rows), io).run(signals);
}

}  // namespace muster::cli::bulk

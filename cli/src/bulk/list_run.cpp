// SPDX-License-Identifier: Apache-2.0
// A run over a list, from its check to its summary.
#include "bulk/list_run.hpp"

#include "bulk/anonymous_file.hpp"
#include "bulk/progress.hpp"
#include "bulk/run_report.hpp"
#include "consent.hpp"
#include "signals.hpp"

#include <muster/pki.hpp>

#include <optional>
#include <utility>

namespace muster::cli::bulk {
namespace {

using Clock = std::chrono::steady_clock;

// How soon a signal, the end, or new figures are noticed.
constexpr std::chrono::milliseconds reaction{50};

/// One run. Threads: one; its workers call the private functions that are handed to them.
class ListRun {
public:
    ListRun(const ListRunOptions& options, const FleetListOptions& list, const FleetCheck& check, Operation& operation, Journal journal,
            FleetRows rows, Io& io)
        : options_(options),
          list_(list),
          check_(check),
          operation_(operation),
          io_(io),
          journal_(journal.file()),
          record_(std::move(journal), check),
          rows_(std::move(rows)),
          workers_(
              {options.workers, options.rows_per_second, options.max_errors, options.delay.count() > 0 ? 1 : operation.rows_at_once(),
               options.delay},
              [this](FleetRow& row) { return next(row); },
              [this](const std::vector<FleetRow>& some, unsigned worker) { return operation_.work(some, worker, workers_); },
              [this](const FleetRow& row, const RowOutcome& outcome) { return record_.record(row, outcome.entry); }) {}

    Exit run(StopSignals& signals) {
        if (auto resumed = resume(); !resumed) return io_.fail(resumed.error());
        if (auto begun = operation_.begin(check_, record_); !begun) return io_.fail(begun.error());
        const auto signal = work(signals);
        if (auto synced = record_.sync(); !synced) return fail_resumably(synced.error());
        const auto summary = write_report(list_, record_, operation_, files(), io_);
        if (!summary) return fail_resumably(summary.error());
        return end(*summary, signal);
    }

private:
    Result<void> resume() {
        if (options_.is_anew) return {};
        if (auto resumed = record_.resume(check_); !resumed) return resumed;
        done_before_ = record_.count(RowStatus::ok);
        const auto failed = record_.count(RowStatus::failed);
        const auto to_do = options_.failed_only ? failed : check_.rows() - done_before_;
        if (done_before_ + failed > 0)
            io_.say("Resuming " + journal_.string() + ": " + std::to_string(done_before_) + " done, " + std::to_string(to_do) + " to do");
        return {};
    }

    [[nodiscard]] bool is_to_do(const FleetRow& row) const {
        const RowStatus status = record_.status_of(row.number);
        if (status == RowStatus::ok) return operation_.is_lost(row);
        return !options_.failed_only || status == RowStatus::failed;
    }

    // Those that are done are passed over here, and counted again only if what they had come to is gone.
    Result<bool> next(FleetRow& row) {
        std::optional<Problem> problem;
        while (true) {
            auto more = rows_.next(row, [&problem](Problem found) { problem = std::move(found); });
            if (!more || !*more) return more;
            if (problem || row.number >= check_.rows() || hash_of_row(row.raw) != check_.content_of(row.number))
                return Error{Code::conflict, list_.name() + " has been changed while it was read", "run the same command again"};
            if (is_to_do(row)) return true;
        }
    }

    std::optional<int> work(StopSignals& signals) {
        const auto kind = io_.quiet || io_.asks_json() ? Progress::Kind::none
                          : io_.err_is_terminal        ? Progress::Kind::terminal
                                                       : Progress::Kind::lines;
        Progress progress(io_.err, kind, operation_.words().verb, check_.rows(), done_before_, Clock::now());
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

    [[nodiscard]] ReportFiles files() const {
        const auto failed = options_.failed_out.empty() && options_.shown.empty() ? beside(options_.list, "failed") : options_.failed_out;
        return {options_.results, failed};
    }

    [[nodiscard]] std::string counts_of(const ReportSummary& summary) const {
        const Words words = operation_.words();
        return std::to_string(summary.ok - summary.unchanged) + " " + words.done +
               (words.tells_unchanged ? ", " + std::to_string(summary.unchanged) + " unchanged" : "") + ", " +
               std::to_string(summary.failed) + " failed";
    }

    Exit end(const ReportSummary& summary, std::optional<int> signal) {
        const auto total = std::to_string(check_.rows());
        for (const auto& failures : summary.failures) tell(failures);
        const std::string counts = counts_of(summary);
        if (workers_.error())
            return io_.fail(Error{workers_.error()->code(), workers_.error()->message() + "; so far " + counts, again(*workers_.error())});
        if (signal) {
            return stop(static_cast<Exit>(128 + *signal), "interrupted",
                        "interrupted at " + std::to_string(summary.ok + summary.failed) + " of " + total + "; " +
                            std::to_string(summary.ok) + " ok, " + std::to_string(summary.failed) + " failed");
        }
        const auto failed_file = files().failed;
        io_.say(total + " rows: " + counts + (summary.failed > 0 && !failed_file.empty() ? " -> " + failed_file.string() : ""));
        if (workers_.failed_too_often() && summary.ok + summary.failed < check_.rows())
            return stop(Exit::aborted, "aborted", "stopped after " + std::to_string(workers_.failed()) + " failures (--max-errors)");
        return summary.failed == 0 ? Exit::ok : end_partial(counts, failed_file);
    }

    Exit end_partial(const std::string& counts, const std::filesystem::path& failed_file) const {
        const std::string tenant = options_.tenant.empty() ? "" : " --tenant " + options_.tenant;
        const std::string hint =
            failed_file.empty() ? "mend what is wrong and run the same command again"
                                : "fix the rows and run: muster " + operation_.words().command + " -f " + failed_file.string() + tenant;
        if (io_.asks_json()) return io_.fail_as(Exit::partial, "partial", counts, hint);
        io_.err << "  hint: " << hint << std::endl;
        return Exit::partial;
    }

    // Stopped, not failed: for people it is no error.
    [[nodiscard]] Exit stop(Exit exit, std::string_view code, const std::string& message) const {
        if (io_.asks_json()) return io_.fail_as(exit, code, message, "run the same command to continue");
        io_.err << "muster: " << message << ". Run the same command to continue." << std::endl;
        return exit;
    }

    // The devices are as the journal says, whatever could not be written about them.
    [[nodiscard]] Exit fail_resumably(const Error& error) const { return io_.fail(Error{error.code(), error.message(), again(error)}); }

    static std::string again(const Error& error) {
        return error.hint().empty() ? "run the same command to continue" : error.hint() + "; then run the same command to continue";
    }

    void tell(const Failures& failures) const {
        if (io_.asks_json()) return;
        std::string lines;
        for (const auto line : failures.lines) lines += (lines.empty() ? "" : ", ") + std::to_string(line);
        if (failures.lines.size() < failures.count) lines += ", ...";
        io_.err << "  " << failures.count << "x " << failures.reason << ": " << failures.example << "  (lines " << lines << ")\n";
    }

    const ListRunOptions& options_;
    const FleetListOptions& list_;
    const FleetCheck& check_;
    Operation& operation_;
    Io& io_;
    const std::filesystem::path journal_;
    RunRecord record_;
    FleetRows rows_;
    std::uint64_t done_before_ = 0;
    RowWorkers workers_;  // The last: its threads use the others.
};

// Every problem with its place; the error itself is the last line.
Exit refuse(const std::string& file, const FleetCheck& check, const Io& io) {
    auto problems = nlohmann::json::array();
    for (const auto& problem : check.problems()) {
        problems.push_back({{"line", problem.line}, {"column", problem.column}, {"message", problem.what}});
        if (!io.asks_json()) io.err << file << ":" << problem.line << ":" << problem.column << ": " << problem.what << '\n';
    }
    const auto details =
        nlohmann::json{{"file", file}, {"problems", problems}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return io.fail_as(Exit::usage, name_of(Code::invalid_argument),
                      file + ": " + std::to_string(check.problem_count()) + " problems, and nothing has been done",
                      "mend the list and run the same command again", details);
}

// The first operation on a list has the plain name; others beside it have their verb in theirs.
std::filesystem::path journal_beside(const std::filesystem::path& list, const Words& words) {
    const std::filesystem::path plain = list.string() + ".muster-journal.jsonl";
    std::filesystem::path own = list.string() + ".muster-journal." + words.verb + ".jsonl";
    std::error_code ignored;
    const bool has_own = std::filesystem::exists(own, ignored);
    const auto of = Journal::operation_of(plain);
    return has_own || (!of.empty() && of != words.command) ? own : plain;
}

// What is about to happen, to as many as there are.
std::string change_of(const ListRunOptions& options, const FleetCheck& check, const std::string& name) {
    return options.verb + " " + std::to_string(check.rows()) + (check.rows() == 1 ? " device" : " devices") +
           (options.tenant.empty() ? "" : " of tenant " + options.tenant) + " (" + name + ")";
}

// A dry run goes as far as asking whether there is what the operation needs.
std::optional<Exit> stop_before_run(const ListRunOptions& options, const FleetCheck& check, const std::string& name,
                                    const OpenOperation& open, const Io& io) {
    if (io.is_dry_run) {
        if (const auto operation = open(); !operation) return io.fail(operation.error());
    }
    const std::string change = change_of(options, check, name);
    return options.is_asked_for && check.rows() > 0 ? stop_before_loss(io, change) : stop_before(io, change);
}

Exit run_checked(const ListRunOptions& options, const FleetListOptions& list, const FleetCheck& check, const OpenOperation& open, Io& io) {
    auto operation = open();
    if (!operation) return io.fail(operation.error());
    auto owner = (*operation)->owner();
    owner.context = io.context;
    auto sha256 = pki::sha256_of_file(list.file);
    if (!sha256) return io.fail(sha256.error());
    owner.list_sha256 = std::move(*sha256);
    auto file = options.journal;
    if (file.empty() && options.shown.empty()) file = journal_beside(options.list, (*operation)->words());
    auto journal = Journal::open(file, owner, options.is_anew ? Journal::Start::anew : Journal::Start::resume);
    if (!journal) return io.fail(journal.error());
    auto rows = FleetRows::open(list);
    if (!rows) return io.fail(rows.error());
    StopSignals signals;
    return ListRun(options, list, check, **operation, std::move(*journal), std::move(*rows), io).run(signals);
}

}  // namespace

std::filesystem::path beside(const std::filesystem::path& list, const std::string& infix) {
    auto path = list;
    path.replace_filename(list.stem().string() + "." + infix + list.extension().string());
    return path;
}

Exit run_list(const ListRunOptions& options, FleetListOptions needs, const OpenOperation& open, Io& io) {
    if (options.list == "-") {
        auto input = AnonymousFile::create();
        if (!input) return io.fail(input.error());
        if (const auto copied = input->copy(io.in); !copied) return io.fail(copied.error());
        auto kept = options;
        kept.list = input->path();
        kept.shown = "standard input";
        return run_list(kept, std::move(needs), open, io);
    }
    needs.file = options.list;
    needs.shown = options.shown;
    needs.delimiter = options.delimiter;
    needs.columns = options.columns;
    needs.is_strict = options.is_strict;
    needs.first = options.first;
    needs.tenant = options.tenant;
    const auto check = FleetCheck::of(needs);
    if (!check) {
        // What is wrong with a list is a mistake of who runs this, wherever it is.
        const bool is_list = check.error().code() == Code::corrupt;
        return io.fail(is_list ? Error{Code::invalid_argument, check.error().message(), check.error().hint()} : check.error());
    }
    for (const auto& column : check->unknown_columns()) io.warn(needs.name() + ": the column '" + column + "' is ignored");
    if (check->problem_count() > 0) return refuse(needs.name(), *check, io);
    const auto rows = std::to_string(check->rows());
    io.say(needs.name() + ": " + rows + " rows, " + rows + " valid, " + check->format());
    if (options.check_only) return Exit::ok;
    if (const auto end = stop_before_run(options, *check, needs.name(), open, io)) return *end;
    return run_checked(options, needs, *check, open, io);
}

}  // namespace muster::cli::bulk

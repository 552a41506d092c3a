// SPDX-License-Identifier: Apache-2.0
// `muster bench`: plans a load, runs it, tells what was measured.
#include "commands/bench.hpp"

#include "base/files.hpp"
#include "bench/assertion.hpp"
#include "bench/figures.hpp"
#include "bench/plan.hpp"
#include "bench/progress.hpp"
#include "bench/report.hpp"
#include "bench/summary.hpp"
#include "output/records.hpp"
#include "output/whole_file.hpp"
#include "signals.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <vector>

namespace muster::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds look_every{50};
constexpr std::size_t max_old_result_bytes = 256U << 20U;

Result<std::vector<bench::Assertion>> parse_assertions(const std::vector<std::string>& texts) {
    std::vector<bench::Assertion> assertions;
    for (const auto& text : texts) {
        auto assertion = bench::parse_assertion(text);
        if (!assertion) return std::move(assertion).error();
        assertions.push_back(std::move(*assertion));
    }
    return assertions;
}

Result<std::map<std::string, double>> load_figures(const std::filesystem::path& file) {
    if (file.empty()) return std::map<std::string, double>();
    const auto text = base::load_file(file, max_old_result_bytes);
    if (!text) return Error(text.error()).in("--compare");
    const json old = json::parse(*text, nullptr, false);
    if (!old.is_object() || !old.contains("bench")) {
        return Error{Code::invalid_argument, "--compare " + file.string() + " is no result of a bench",
                     "write one with muster bench -o json > FILE"};
    }
    return bench::figures_of(old);
}

/// Everything that is wrong with the flags is said before the first connection.
struct Prepared {
    fleet::BenchPlan plan;
    std::vector<bench::Assertion> assertions;
    std::map<std::string, double> before;
    std::optional<WholeFile> report;
};

Result<Prepared> prepare(const bench::BenchOptions& options, Io& io) {
    auto plan = bench::plan_of(options, io.in);
    if (!plan) return std::move(plan).error();
    if (auto checked = check(*plan); !checked) return std::move(checked).error();
    if (auto allowed = allow_open_files(*plan); !allowed) return std::move(allowed).error();
    auto assertions = parse_assertions(options.assertions);
    if (!assertions) return std::move(assertions).error();
    auto before = load_figures(options.compare);
    if (!before) return std::move(before).error();
    Prepared prepared{std::move(*plan), std::move(*assertions), std::move(*before), std::nullopt};
    if (options.report.empty()) return prepared;
    auto report = WholeFile::create(options.report);
    if (!report) return std::move(report).error().in("--report");
    prepared.report.emplace(std::move(*report));
    return prepared;
}

// The run is on a thread of its own: this one waits for signals, a first one of which ends the run, a second one the process.
Result<fleet::BenchResult> play(const fleet::BenchPlan& plan, StopSignals& signals, std::optional<int>& signal, Io& io) {
    std::atomic<bool> stop{false};
    bench::IntervalPrinter printer(io);
    auto run = std::async(std::launch::async, [&] {
        return fleet::run_bench(plan, stop, [&](const fleet::BenchInterval& interval) { printer.print(interval); });
    });
    while (run.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready) {
        if (stop) {
            run.wait();
        } else if ((signal = signals.wait(look_every))) {
            stop = true;
            io.say("stopping; what was measured until now follows");
        }
    }
    printer.finish();
    return run.get();
}

json judged(const Prepared& prepared, const std::map<std::string, double>& figures) {
    json verdicts = json::array();
    for (const auto& assertion : prepared.assertions) {
        const auto found = figures.find(assertion.figure);
        verdicts.push_back({{"assertion", assertion.text},
                            {"passed", holds(assertion, figures)},
                            {"value", found == figures.end() ? json() : json(found->second)}});
    }
    return verdicts;
}

json ratios(const std::map<std::string, double>& figures, const std::map<std::string, double>& before) {
    json ratios = json::object();
    for (const auto& [name, value] : figures) {
        const auto old = before.find(name);
        if (old != before.end()) ratios[name] = {{"before", old->second}, {"ratio", old->second == 0 ? json() : json(value / old->second)}};
    }
    return ratios;
}

/// A row of the CSV for each interval, without levels.
json rows_of(const json& intervals) {
    json rows = json::array();
    for (const auto& interval : intervals) {
        json row = interval;
        for (const char* const group : {"connections", "messages"}) {
            for (const auto& [name, value] : interval.at(group).items()) row[name] = value;
            row.erase(group);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

Exit print(const Prepared& prepared, json result, Io& io) {
    if (io.format == Format::csv) return print_list(io, rows_of(result.at("intervals")), View{"end_s", {}});
    if (io.format == Format::jsonl) result.erase("intervals");  // They have been printed.
    const Exit exit = print_record(io, result, View{"run_id", {}}, [&](std::ostream& out) {
        bench::print_summary(result, prepared.before, out);
        for (const auto& verdict : result.at("assertions")) {
            const std::string value =
                verdict.at("value").is_null() ? "not measured" : bench::number_text(verdict.at("value").get<double>());
            out << (verdict.at("passed").get<bool>() ? "PASS " : "FAIL ") << verdict.at("assertion").get<std::string>() << " (" << value
                << ")\n";
        }
    });
    if (!io.prints_data()) io.say(bench::definitions());
    return exit;
}

Exit failed_assertions(const json& verdicts, Io& io) {
    std::string failed;
    for (const auto& verdict : verdicts) {
        if (verdict.at("passed").get<bool>()) continue;
        const std::string value =
            verdict.at("value").is_null() ? "not measured" : "it is " + bench::number_text(verdict.at("value").get<double>());
        failed += (failed.empty() ? "" : ", ") + verdict.at("assertion").get<std::string>() + " (" + value + ")";
    }
    if (failed.empty()) return Exit::ok;
    return io.fail_as(Exit::check_failed, "check_failed", "does not hold: " + failed);
}

}  // namespace

Exit run_bench(const bench::BenchOptions& options, Io& io) {
    StopSignals signals;
    auto prepared = prepare(options, io);
    if (!prepared) return io.fail(prepared.error());
    std::optional<int> signal;
    const auto played = play(prepared->plan, signals, signal, io);
    if (!played) return io.fail(played.error());

    json result = bench::to_json(prepared->plan, *played);
    const auto figures = bench::figures_of(result);
    result["assertions"] = judged(*prepared, figures);
    if (!prepared->before.empty()) result["compared"] = ratios(figures, prepared->before);
    if (prepared->report) {
        auto written = prepared->report->write(bench::html_report(result));
        if (written) written = prepared->report->commit();
        if (!written) return io.fail(std::move(written).error().in("--report"));
    }
    if (const Exit printed = print(*prepared, result, io); printed != Exit::ok) return printed;
    if (signal) return static_cast<Exit>(128 + *signal);
    const Exit exit = failed_assertions(result.at("assertions"), io);
    if (exit != Exit::ok) return exit;
    const std::uint64_t missing = played->connections.failed;
    if (missing == 0 || prepared->plan.kind == fleet::BenchKind::storm) return Exit::ok;
    io.warn(std::to_string(missing) +
            " connections failed, first: " + (played->first_failure ? played->first_failure->message() : "unknown"));
    return Exit::partial;
}

}  // namespace muster::cli

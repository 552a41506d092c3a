// SPDX-License-Identifier: Apache-2.0
// `muster bench`: plans a load, runs it, tells what was measured.
#include "commands/bench.hpp"

#include "base/files.hpp"
#include "bench/assertion.hpp"
#include "bench/figures.hpp"
#include "bench/hdr.hpp"
#include "bench/plan.hpp"
#include "bench/progress.hpp"
#include "bench/questions.hpp"
#include "bench/report.hpp"
#include "bench/summary.hpp"
#include "messages/packet_line.hpp"
#include "output/records.hpp"
#include "output/whole_file.hpp"
#include "signals.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <string_view>
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
    std::optional<WholeFile> hdr;
};

// Before the run: afterwards it would be too late to say that there is no such directory.
Result<std::optional<WholeFile>> open_output(const std::filesystem::path& path, const char* flag) {
    if (path.empty()) return std::optional<WholeFile>();
    auto file = WholeFile::create(path);
    if (!file) return std::move(file).error().in(flag);
    return std::optional<WholeFile>(std::move(*file));
}

Result<void> write_output(std::optional<WholeFile>& file, const std::string& text, const char* flag) {
    if (!file) return {};
    auto written = file->write(text);
    if (written) written = file->commit();
    return written ? Result<void>() : std::move(written).error().in(flag);
}

Result<Prepared> prepare(const bench::BenchOptions& options, Io& io) {
    if (auto checked = bench::check_questions(options); !checked) return std::move(checked).error();
    if (options.insecure_skip_verify) io.warn("--insecure-skip-verify: whoever answers is taken for the server");
    auto plan = bench::plan_of(options, io.in);
    if (!plan) return std::move(plan).error();
    if (io.trace != nullptr) {
        plan->observer = [&trace = *io.trace](std::string_view client_id, const fleet::MqttPacket& packet) {
            tell(trace, client_id, packet);
        };
    }
    if (auto checked = check(*plan); !checked) return std::move(checked).error();
    if (auto allowed = allow_open_files(*plan); !allowed) return std::move(allowed).error();
    auto assertions = parse_assertions(options.assertions);
    if (!assertions) return std::move(assertions).error();
    auto before = load_figures(options.compare);
    if (!before) return std::move(before).error();
    auto report = open_output(options.report, "--report");
    if (!report) return std::move(report).error();
    auto hdr = open_output(options.hdr_out, "--hdr-out");
    if (!hdr) return std::move(hdr).error();
    if (auto asked = bench::ask_secrets(options, *plan, io); !asked) return std::move(asked).error();
    return Prepared{std::move(*plan), std::move(*assertions), std::move(*before), std::move(*report), std::move(*hdr)};
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
        bench::print_verdicts(result.at("assertions"), out);
    });
    if (!io.prints_data()) io.say(bench::definitions());
    return exit;
}

// Of why connecting failed the load knows, and not where: it has thousands of connections to one place.
Error name_place(const fleet::BenchPlan& plan, Error error) {
    // Of several nodes each failure says which it was of, and so does one of the proxy's.
    const bool is_proxys = !plan.proxy.url.empty() && error.message().find(plan.proxy.url) != std::string::npos;
    const bool is_named = !plan.more_nodes.empty() || is_proxys || error.message().find(plan.host) != std::string::npos;
    const bool is_of_network = error.code() == Code::unreachable || error.code() == Code::timeout || error.code() == Code::tls;
    if (is_named || !is_of_network) return error;
    const std::string host = plan.host.find(':') == std::string::npos ? plan.host : "[" + plan.host + "]";
    return std::move(error).in(host + ":" + std::to_string(plan.port));
}

bool speaks_of(const std::vector<bench::Assertion>& assertions, std::string_view figure) {
    return std::any_of(assertions.begin(), assertions.end(), [&](const bench::Assertion& one) { return one.figure == figure; });
}

std::string first_failure(const Prepared& prepared, const fleet::BenchResult& result) {
    return result.first_failure ? ", first: " + name_place(prepared.plan, *result.first_failure).message() : "";
}

// Messages whose arrival somebody vouches for: of QoS 0 nobody does. How many may be missing an assertion can say.
Exit verdict_on_messages(const Prepared& prepared, const fleet::BenchResult& result, Io& io) {
    if (prepared.plan.qos == Qos::at_most_once) return Exit::ok;
    const std::uint64_t refused = speaks_of(prepared.assertions, "refused") ? 0 : result.messages.refused;
    const std::uint64_t lost = speaks_of(prepared.assertions, "lost") ? 0 : result.lost;
    if (refused + lost == 0) return Exit::ok;
    const bool is_end_to_end = prepared.plan.kind != fleet::BenchKind::pub;
    const std::string missing = std::to_string(lost) + (is_end_to_end ? " not received" : " never acknowledged") + ", " +
                                std::to_string(result.messages.refused) + " refused";
    const bool has_any = (is_end_to_end ? result.messages.received : result.messages.acknowledged) > 0;
    if (has_any) {
        io.warn("messages are missing: " + missing + first_failure(prepared, result));
        return Exit::partial;
    }
    if (result.first_failure) return io.fail(Error(name_place(prepared.plan, *result.first_failure)).in("no message arrived"));
    return io.fail({refused > 0 ? Code::rejected : Code::timeout, "no message arrived: " + missing});
}

Exit verdict_of(const Prepared& prepared, const fleet::BenchResult& result, const json& verdicts, Io& io) {
    if (const std::string failed = bench::failed_text(verdicts); !failed.empty())
        return io.fail_as(Exit::check_failed, "check_failed", "does not hold: " + failed);
    const Exit exit = verdict_on_messages(prepared, result, io);
    const bool may_fail = speaks_of(prepared.assertions, "failed");
    if (exit != Exit::ok || result.connections.failed == 0 || may_fail || prepared.plan.kind == fleet::BenchKind::storm) return exit;
    io.warn(std::to_string(result.connections.failed) + " connections failed" + first_failure(prepared, result));
    return Exit::partial;
}

Result<void> write_files(Prepared& prepared, const fleet::BenchResult& result, const json& told) {
    if (auto written = write_output(prepared.report, prepared.report ? bench::html_report(told) : "", "--report"); !written) return written;
    const bool has_messages = prepared.plan.kind != fleet::BenchKind::conn && prepared.plan.kind != fleet::BenchKind::storm;
    return write_output(prepared.hdr, bench::hdr_distribution(has_messages ? result.latency : result.connect), "--hdr-out");
}

}  // namespace

Exit run_bench(const bench::BenchOptions& options, Io& io) {
    StopSignals signals;
    auto prepared = prepare(options, io);
    if (!prepared) return io.fail(prepared.error());
    std::optional<int> signal;
    const auto played = play(prepared->plan, signals, signal, io);
    if (!played) return io.fail(name_place(prepared->plan, played.error()));

    const auto payload_bytes = fleet::bench_payload_size(prepared->plan);
    json result = bench::to_json(prepared->plan, *played, payload_bytes ? *payload_bytes : 0);
    const auto figures = bench::figures_of(result);
    result["assertions"] = bench::judged(prepared->assertions, figures);
    if (!prepared->before.empty()) result["compared"] = ratios(figures, prepared->before);
    if (auto written = write_files(*prepared, *played, result); !written) return io.fail(written.error());
    if (const Exit printed = print(*prepared, result, io); printed != Exit::ok) return printed;
    if (signal) return static_cast<Exit>(128 + *signal);
    return verdict_of(*prepared, *played, result.at("assertions"), io);
}

}  // namespace muster::cli

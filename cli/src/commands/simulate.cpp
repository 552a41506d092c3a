// SPDX-License-Identifier: Apache-2.0
// `muster simulate`: reads a scenario, runs it, tells the account.
#include "commands/simulate.hpp"

#include "base/files.hpp"
#include "bench/assertion.hpp"
#include "bench/summary.hpp"
#include "messages/device_trace.hpp"
#include "messages/interrupt.hpp"
#include "messages/packet_line.hpp"
#include "output/records.hpp"
#include "signals.hpp"
#include "simulate/account.hpp"
#include "simulate/allotment.hpp"
#include "simulate/builtin.hpp"
#include "simulate/first_contact.hpp"
#include "simulate/light_flags.hpp"
#include "simulate/plan.hpp"
#include "simulate/progress.hpp"
#include "simulate/questions.hpp"
#include "simulate/work_directory.hpp"
#include "tree/suggestion.hpp"

#include <muster/fleet/simulation_state.hpp>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace muster::cli {
namespace {

using fleet::SimulationStop;
using nlohmann::json;

constexpr std::chrono::milliseconds look_every{50};

Error no_such_scenario(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& scenario : simulate::builtin_scenarios()) names.emplace_back(scenario.name);
    const std::string meant = nearest(name, names);
    return {Code::not_found, "there is neither a file nor a scenario '" + name + "'",
            meant.empty() ? "muster simulate --list shows those that come with muster" : "did you mean " + meant + "?"};
}

Exit list_scenarios(Io& io) {
    json list = json::array();
    for (const auto& scenario : simulate::builtin_scenarios())
        list.push_back({{"name", scenario.name}, {"description", scenario.description}});
    return print_list(io, list, View{"name", {{"NAME", "name"}, {"WHAT HAPPENS", "description"}}});
}

Exit print_scenario(const std::string& name, Io& io) {
    const auto* scenario = simulate::find_builtin(name);
    if (scenario == nullptr) return io.fail(no_such_scenario(name));
    io.out << scenario->text << std::flush;
    return Exit::ok;
}

/// A scenario's text and where it is from.
struct Source {
    std::string name;
    std::string text;
    std::filesystem::path directory;
};

Result<Source> load_source(const std::string& scenario) {
    std::error_code ignored;
    const auto* builtin = simulate::find_builtin(scenario);
    if (builtin != nullptr && !std::filesystem::exists(scenario, ignored)) return Source{scenario, std::string(builtin->text), {}};
    auto text = base::load_file(scenario);
    if (text) return Source{scenario, std::move(*text), std::filesystem::path(scenario).parent_path()};
    const bool is_name = text.error().code() == Code::not_found && scenario.find('/') == std::string::npos;
    return is_name ? no_such_scenario(scenario) : std::move(text).error().in("--scenario");
}

// Every problem with its place; the error itself is the last line.
Exit refuse(const Source& source, const std::vector<TomlProblem>& problems, const Io& io) {
    json told = json::array();
    for (const auto& problem : problems) {
        told.push_back({{"line", problem.place.line}, {"column", problem.place.column}, {"message", problem.what}});
        if (io.asks_json()) continue;
        io.err << source.name << ":" << problem.place.line << ":" << problem.place.column << ": " << problem.what << '\n';
    }
    const json details{{"file", source.name}, {"problems", told}};
    return io.fail_as(Exit::usage, name_of(Code::invalid_argument),
                      source.name + ": " + std::to_string(problems.size()) + (problems.size() == 1 ? " problem" : " problems") +
                          ", and nothing has been run",
                      "docs/reference/scenario.md has every key", details.dump(-1, ' ', false, json::error_handler_t::replace));
}

Result<std::vector<bench::Assertion>> parse_assertions(const std::vector<std::string>& texts, const fleet::SimulationPlan& plan) {
    std::string all;
    for (const auto& figure : simulate::figure_names()) all += (all.empty() ? "one of " : ", ") + figure.name;
    if (!plan.groups.empty()) all += "; of a group as " + plan.groups.front().name + ".waiting";
    const auto figures = simulate::figure_names(plan);
    std::vector<bench::Assertion> assertions;
    for (const auto& text : texts) {
        auto assertion = bench::parse_assertion(text, figures, all);
        if (!assertion) return std::move(assertion).error();
        assertions.push_back(std::move(*assertion));
    }
    return assertions;
}

/// The first signal lets the fleet drain, the second ends it at once.
struct Interruption {
    std::atomic<SimulationStop> stop{SimulationStop::none};
    std::optional<int> signal;

    void note(int number, const Io& io) {
        const bool is_first = !signal;
        signal = number;
        stop = is_first ? SimulationStop::drain : SimulationStop::at_once;
        io.say(is_first ? "stopping: what waits is sent; once more to stop at once" : "stopping at once");
    }
};

/// None without --state.
Result<std::unique_ptr<fleet::SimulationState>> open_state(const simulate::SimulateOptions& options, const fleet::SimulationPlan& plan) {
    if (options.state.empty()) return std::unique_ptr<fleet::SimulationState>();
    if (!fleet::has_outbox_files(plan)) {
        return Error{Code::invalid_argument,
                     "--state keeps outboxes, and no device of the scenario has one in a file: light devices keep what waits in memory",
                     "kind = \"full\" and outbox = \"file\" in the scenario, or no --state"};
    }
    auto state = fleet::SimulationState::open(options.state);
    if (!state) return std::move(state).error().in("--state");
    if (!options.run_id.empty()) (*state)->set_run_id(options.run_id);
    return state;
}

Result<void> enter(fleet::SimulationState& state, fleet::SimulationPlan& plan, const Io& io) {
    if (auto entered = state.enter(plan); !entered) return std::move(entered).error().in("--state");
    // The broker keeps a session for the observer of a run that was killed, with messages of that run.
    if (plan.observer) plan.observer->client_id += "-" + std::to_string(state.runs());
    if (const auto unused = state.unused_outboxes(plan); unused > 0) {
        io.warn("--state: " + std::to_string(unused) + (unused == 1 ? " outbox there is" : " outboxes there are") +
                " of no device of this run; what waits there stays");
    }
    return {};
}

Result<std::vector<std::string>> load_passwords(const fleet::SimulationPlan& plan) {
    std::vector<std::string> passwords;
    for (const auto& file :
         {plan.password_file, plan.proxy.password_file, plan.observer ? plan.observer->password_file : std::filesystem::path()}) {
        if (file.empty()) continue;
        auto password = base::load_secret_file(file);
        if (!password) return std::move(password).error();
        passwords.push_back(std::move(*password));
    }
    return passwords;
}

Result<void> trace(fleet::SimulationPlan& plan, Trace& trace) {
    auto passwords = load_passwords(plan);
    if (!passwords) return std::move(passwords).error();
    plan.on_packet = [&trace](std::string_view client_id, const fleet::MqttPacket& packet) { tell(trace, client_id, packet); };
    const auto connections = std::make_shared<DeviceTrace>(trace, std::move(*passwords));
    plan.on_connection = [connections](ConnectionState state, const Status& status) { connections->tell(state, status); };
    return {};
}

Result<fleet::SimulationResult> play(const fleet::SimulationPlan& plan, StopSignals& signals, Interruption& interruption, Io& io) {
    simulate::ProgressPrinter printer(io);
    auto run = std::async(std::launch::async, [&] {
        return fleet::run_simulation(plan, interruption.stop, [&](const fleet::SimulationInterval& interval) { printer.print(interval); });
    });
    while (run.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready) {
        if (const auto number = signals.wait(look_every)) interruption.note(*number, io);
    }
    printer.finish();
    return run.get();
}

Exit print(const json& account, Io& io) {
    return print_record(io, account, View{"scenario", {}}, [&](std::ostream& out) {
        simulate::print_account(account, out);
        bench::print_verdicts(account.at("assertions"), out);
    });
}

Exit verdict_of(const json& account, Io& io) {
    std::string wrong = bench::failed_text(account.at("assertions"));
    if (!wrong.empty()) wrong = "does not hold: " + wrong;
    const auto unaccounted = account.at("unaccounted").get<std::uint64_t>();
    if (unaccounted > 0) {
        const auto& first = account.at("faults").at(0);
        wrong = std::to_string(unaccounted) + " unaccounted for, first: device " + first.at("client_id").get<std::string>() + ": " +
                first.at("what").get<std::string>() + (wrong.empty() ? "" : "; " + wrong);
    }
    return wrong.empty() ? Exit::ok : io.fail_as(Exit::check_failed, "check_failed", wrong);
}

Exit simulate_fleet(simulate::SimulateOptions options, Io& io) {
    const auto source = load_source(options.scenario);
    if (!source) return io.fail(source.error());
    auto reading = simulate::read_scenario(source->text, source->name, source->directory);
    if (!reading.problems.empty()) return refuse(*source, reading.problems, io);
    if (reading.scenario.name.empty()) reading.scenario.name = std::filesystem::path(source->name).stem().string();
    if (const auto problem = simulate::allot(reading.scenario, options.devices)) return refuse(*source, {*problem}, io);
    const auto assertions = parse_assertions(options.assertions, reading.scenario.plan);
    if (!assertions) return io.fail(assertions.error());
    if (auto set = simulate::set_light_flags(options, reading.scenario.plan); !set) return io.fail(set.error());
    if (options.insecure_skip_verify) io.warn("--insecure-skip-verify: whoever answers is taken for the server");
    const auto secrets = simulate::ask_secrets(options, io);
    if (!secrets) return io.fail(secrets.error());
    StopSignals signals(2);
    ignore_broken_pipes();
    const auto state = open_state(options, reading.scenario.plan);
    if (!state) return io.fail(state.error());
    if (*state) options.run_id = (*state)->run_id();
    const auto work = simulate::WorkDirectory::make();
    if (!work) return io.fail(work.error());
    auto plan = simulate::plan_of(options, std::move(reading.scenario), (*work)->path(), *secrets, io.in);
    if (!plan) return io.fail(plan.error());
    if (io.trace != nullptr) {
        if (auto traced = trace(*plan, *io.trace); !traced) return io.fail(traced.error());
    }
    if (const auto there = simulate::await_broker(options, *plan, io); !there) {
        const auto signal = there.error().code() == Code::stopped ? signals.wait(std::chrono::milliseconds(0)) : std::nullopt;
        return signal ? static_cast<Exit>(128 + *signal) : io.fail(there.error());
    }
    if (*state) {
        if (auto entered = enter(**state, *plan, io); !entered) return io.fail(entered.error());
    }

    Interruption interruption;
    const auto result = play(*plan, signals, interruption, io);
    if (!result) return io.fail(result.error());
    json account = simulate::to_json(*plan, *result);
    account["assertions"] = bench::judged(*assertions, bench::figures_of(account, simulate::figure_names(*plan)));
    if (const Exit printed = print(account, io); printed != Exit::ok) return printed;
    if (result->all.never_connected > 0) {
        io.warn(std::to_string(result->all.never_connected) + " devices never connected" +
                (result->first_failure ? ", for example: " + result->first_failure->message() : std::string()));
    }
    const Exit exit = verdict_of(account, io);
    return exit == Exit::ok && interruption.signal ? static_cast<Exit>(128 + *interruption.signal) : exit;
}

}  // namespace

Exit run_simulate(const simulate::SimulateOptions& options, Io& io) {
    if (options.list) return list_scenarios(io);
    if (!options.print.empty()) return print_scenario(options.print, io);
    if (options.hosts.empty()) return io.fail({Code::invalid_argument, "--host is required", "for example --host mqtt://127.0.0.1:1883"});
    return simulate_fleet(options, io);
}

}  // namespace muster::cli

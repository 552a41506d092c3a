// SPDX-License-Identifier: Apache-2.0
// Telling an account.
#include "simulate/account.hpp"

#include "bench/summary.hpp"
#include "output/table.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace muster::cli::simulate {
namespace {

using nlohmann::json;

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

json by_reason(const CodeCounts& counts) {
    json reasons = json::object();
    for (std::size_t code = 0; code < counts.by_code.size(); ++code) {
        if (counts.by_code[code] > 0) reasons[name_of(static_cast<Code>(code))] = counts.by_code[code];
    }
    return reasons;
}

json readings_of(const fleet::SimulationAccount& account) {
    const ReadingCounts& counts = account.readings;
    return {{"published", account.published},
            {"stored", counts.stored},
            {"unchanged", counts.unchanged},
            {"thinned", counts.thinned},
            {"merged", counts.merged},
            {"refused", counts.refused},
            {"held", counts.held}};
}

json messages_of(const fleet::SimulationAccount& account) {
    const OutboxCounts& counts = account.messages;
    return {{"accepted", counts.accepted},
            {"delivered", counts.delivered},
            {"dropped", counts.dropped()},
            {"dropped_by_reason",
             {{"overflow", counts.dropped_overflow},
              {"rejected", counts.dropped_rejected},
              {"corrupt", counts.dropped_corrupt},
              {"stopped", counts.dropped_stopped},
              {"expired", counts.dropped_expired},
              {"superseded", counts.dropped_superseded},
              {"purged", counts.dropped_purged}}},
            {"quarantined", counts.quarantined},
            {"waiting", counts.waiting},
            {"carried_over", account.carried_over},
            {"redelivered", account.redelivered}};
}

json observed_of(const fleet::SimulationFigures& figures) {
    return {{"unique", figures.total.unique},
            {"duplicates", figures.total.repeated},
            {"missing", figures.missing},
            {"missing_qos0", figures.missing_unsafe}};
}

json figures_of(const fleet::SimulationFigures& figures) {
    return {{"devices", figures.devices},
            {"never_connected", figures.never_connected},
            {"cut_off", figures.cut_off},
            {"rivals", figures.rivals},
            {"readings", readings_of(figures.total)},
            {"messages", messages_of(figures.total)},
            {"connections",
             {{"connected", figures.total.connects},
              {"lost", figures.total.disconnects},
              {"lost_by_reason", by_reason(figures.lost_connections)},
              {"failed_by_reason", by_reason(figures.failed_attempts)}}},
            {"refused_by_reason", by_reason(figures.refusals)},
            {"unaccounted", figures.unaccounted}};
}

const char* name_of(fleet::SimulatedKind kind) {
    return kind == fleet::SimulatedKind::full ? "full" : "light";
}

std::string kind_of(const fleet::SimulationPlan& plan) {
    if (plan.groups.empty()) return name_of(plan.kind);
    for (const auto& group : plan.groups) {
        if (group.kind != plan.groups.front().kind) return "mixed";
    }
    return name_of(plan.groups.front().kind);
}

json groups_of(const fleet::SimulationResult& result) {
    json groups = json::array();
    for (const auto& group : result.groups) {
        json told = figures_of(group.figures);
        told["name"] = group.name;
        told["kind"] = name_of(group.kind);
        told["observed"] = result.is_observed ? observed_of(group.figures) : json();
        groups.push_back(std::move(told));
    }
    return groups;
}

/// `label   name value   name value`, of what is not null.
void print_line(std::ostream& out, const std::string& label, const json& object, std::initializer_list<const char*> names) {
    constexpr std::size_t label_width = 14;
    out << label << std::string(label_width - label.size(), ' ');
    const char* gap = "";
    for (const char* const name : names) {
        out << std::exchange(gap, "   ") << name << ' ' << bench::number_text(object.at(name).get<double>());
    }
    out << '\n';
}

void print_reasons(std::ostream& out, const std::string& label, const json& reasons) {
    for (const auto& [reason, count] : reasons.items()) {
        if (count.get<double>() > 0) out << "  " << label << ' ' << reason << ' ' << bench::number_text(count.get<double>()) << '\n';
    }
}

// A line for each; the rest of their figures is for programs.
void print_groups(std::ostream& out, const json& account) {
    const json& groups = account.at("groups");
    if (groups.empty()) return;
    const bool is_observed = account.at("observed").is_object();
    std::vector<std::string> headings{"GROUP", "KIND", "DEVICES", "CONNECTED", "LOST", "PUBLISHED", "DELIVERED", "DROPPED", "WAITING"};
    if (is_observed) headings.insert(headings.end(), {"UNIQUE", "MISSING"});
    headings.emplace_back("UNACCOUNTED");
    Table table(std::move(headings));
    for (const auto& group : groups) {
        const auto text = [&group](const char* pointer) { return bench::number_text(group.at(json::json_pointer(pointer)).get<double>()); };
        std::vector<std::string> cells{group.at("name"), group.at("kind")};
        for (const char* const pointer : {"/devices", "/connections/connected", "/connections/lost", "/readings/published",
                                          "/messages/delivered", "/messages/dropped", "/messages/waiting"}) {
            cells.push_back(text(pointer));
        }
        if (is_observed) cells.insert(cells.end(), {text("/observed/unique"), text("/observed/missing")});
        cells.push_back(text("/unaccounted"));
        table.add(std::move(cells));
    }
    table.print(out);
}

// What is behind a terminal's page helps nobody: programs get a hundred.
void print_faults(std::ostream& out, const json& account) {
    constexpr std::uint64_t most_lines = 10;
    std::uint64_t told = 0;
    for (const auto& fault : account.at("faults")) {
        if (told == most_lines) break;
        out << "  " << fault.at("client_id").get<std::string>() << ": " << fault.at("what").get<std::string>() << '\n';
        ++told;
    }
    const auto all = account.at("fault_count").get<std::uint64_t>();
    if (all > told) out << "  and " << all - told << " more; -o json tells a hundred\n";
}

}  // namespace

json to_json(const fleet::SimulationInterval& interval) {
    return {{"end_s", seconds(interval.end)}, {"connected", interval.connected}, {"published", interval.published},
            {"accepted", interval.accepted},  {"delivered", interval.delivered}, {"waiting", interval.waiting},
            {"observed", interval.observed}};
}

json to_json(const fleet::SimulationPlan& plan, const fleet::SimulationResult& result) {
    json faults = json::array();
    for (const auto& fault : result.faults) {
        faults.push_back({{"client_id", fault.client_id}, {"what", fault.what}, {"count", fault.count}});
    }
    json account = figures_of(result.all);
    account.update({{"scenario", plan.name},
                    {"seed", plan.seed},
                    {"kind", kind_of(plan)},
                    {"interrupted", result.interrupted},
                    {"starting_s", seconds(result.starting)},
                    {"running_s", seconds(result.running)},
                    {"draining_s", seconds(result.draining)},
                    {"cpu_s", seconds(result.cpu)},
                    {"observed", nullptr},
                    {"fault_count", result.fault_count},
                    {"faults", faults},
                    {"groups", groups_of(result)}});
    if (result.is_observed) {
        account["observed"] = observed_of(result.all);
        account["observed"].update({{"received", result.received}, {"foreign", result.foreign}});
    }
    return account;
}

const std::vector<bench::FigureName>& figure_names() {
    static const std::vector<bench::FigureName> names{{"published", "/readings/published"},
                                                      {"stored", "/readings/stored"},
                                                      {"unchanged", "/readings/unchanged"},
                                                      {"thinned", "/readings/thinned"},
                                                      {"merged", "/readings/merged"},
                                                      {"refused", "/readings/refused"},
                                                      {"accepted", "/messages/accepted"},
                                                      {"delivered", "/messages/delivered"},
                                                      {"dropped", "/messages/dropped"},
                                                      {"quarantined", "/messages/quarantined"},
                                                      {"waiting", "/messages/waiting"},
                                                      {"carried-over", "/messages/carried_over"},
                                                      {"redelivered", "/messages/redelivered"},
                                                      {"unique", "/observed/unique"},
                                                      {"duplicates", "/observed/duplicates"},
                                                      {"missing", "/observed/missing"},
                                                      {"foreign", "/observed/foreign"},
                                                      {"connected", "/connections/connected"},
                                                      {"disconnected", "/connections/lost"},
                                                      {"cut-off", "/cut_off"},
                                                      {"rivals", "/rivals"},
                                                      {"never-connected", "/never_connected"},
                                                      {"unaccounted", "/unaccounted"}};
    return names;
}

std::vector<bench::FigureName> figure_names(const fleet::SimulationPlan& plan) {
    std::vector<bench::FigureName> names = figure_names();
    for (std::size_t group = 0; group < plan.groups.size(); ++group) {
        for (const auto& figure : figure_names()) {
            if (figure.name == "foreign") continue;  // Of no device, so of no group.
            names.push_back({plan.groups[group].name + "." + figure.name, "/groups/" + std::to_string(group) + figure.pointer});
        }
    }
    return names;
}

void print_account(const json& account, std::ostream& out) {
    out << bench::number_text(account.at("devices").get<double>()) << ' ' << account.at("kind").get<std::string>() << " devices, "
        << bench::number_text(account.at("running_s").get<double>()) << " s, scenario " << account.at("scenario").get<std::string>()
        << ", seed " << account.at("seed") << '\n';
    if (account.at("cut_off").get<std::uint64_t>() > 0) {
        out << "cut off       " << bench::number_text(account.at("cut_off").get<double>()) << " times a device\n";
    }
    if (account.at("rivals").get<std::uint64_t>() > 0) {
        out << "rivals        " << bench::number_text(account.at("rivals").get<double>()) << " connections\n";
    }
    print_line(out, "connections", account.at("connections"), {"connected", "lost"});
    print_reasons(out, "lost:", account.at("connections").at("lost_by_reason"));
    print_reasons(out, "failed:", account.at("connections").at("failed_by_reason"));
    print_line(out, "readings", account.at("readings"), {"published", "stored", "unchanged", "thinned", "merged", "refused", "held"});
    print_reasons(out, "refused:", account.at("refused_by_reason"));
    if (account.at("messages").at("carried_over").get<std::uint64_t>() > 0) {
        out << "carried over  " << bench::number_text(account.at("messages").at("carried_over").get<double>())
            << " messages of earlier runs\n";
    }
    print_line(out, "messages", account.at("messages"), {"accepted", "delivered", "dropped", "quarantined", "waiting", "redelivered"});
    print_reasons(out, "dropped:", account.at("messages").at("dropped_by_reason"));
    if (account.at("observed").is_object()) {
        print_line(out, "observed", account.at("observed"), {"received", "unique", "duplicates", "missing", "missing_qos0", "foreign"});
    }
    out << "unaccounted   " << bench::number_text(account.at("unaccounted").get<double>()) << '\n';
    print_groups(out, account);
    print_faults(out, account);
}

}  // namespace muster::cli::simulate

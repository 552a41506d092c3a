// SPDX-License-Identifier: Apache-2.0
// Telling an account.
#include "simulate/account.hpp"

#include "bench/summary.hpp"

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
            {"redelivered", account.redelivered}};
}

json observed_of(const fleet::SimulationResult& result) {
    if (!result.is_observed) return nullptr;
    return {{"received", result.received}, {"unique", result.total.unique},         {"duplicates", result.total.repeated},
            {"missing", result.missing},   {"missing_qos0", result.missing_unsafe}, {"foreign", result.foreign}};
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
    return {{"scenario", plan.name},
            {"seed", plan.seed},
            {"kind", plan.kind == fleet::SimulatedKind::full ? "full" : "light"},
            {"devices", result.devices},
            {"never_connected", result.never_connected},
            {"cut_off", result.cut_off},
            {"rivals", result.rivals},
            {"interrupted", result.interrupted},
            {"starting_s", seconds(result.starting)},
            {"running_s", seconds(result.running)},
            {"draining_s", seconds(result.draining)},
            {"cpu_s", seconds(result.cpu)},
            {"readings", readings_of(result.total)},
            {"messages", messages_of(result.total)},
            {"observed", observed_of(result)},
            {"connections",
             {{"connected", result.total.connects},
              {"lost", result.total.disconnects},
              {"lost_by_reason", by_reason(result.lost_connections)},
              {"failed_by_reason", by_reason(result.failed_attempts)}}},
            {"refused_by_reason", by_reason(result.refusals)},
            {"unaccounted", result.unaccounted},
            {"fault_count", result.fault_count},
            {"faults", faults}};
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
    print_line(out, "messages", account.at("messages"), {"accepted", "delivered", "dropped", "quarantined", "waiting", "redelivered"});
    print_reasons(out, "dropped:", account.at("messages").at("dropped_by_reason"));
    if (account.at("observed").is_object()) {
        print_line(out, "observed", account.at("observed"), {"received", "unique", "duplicates", "missing", "missing_qos0", "foreign"});
    }
    out << "unaccounted   " << bench::number_text(account.at("unaccounted").get<double>()) << '\n';
    print_faults(out, account);
}

}  // namespace muster::cli::simulate

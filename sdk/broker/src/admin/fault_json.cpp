// SPDX-License-Identifier: Apache-2.0
// Faults and scenarios as JSON: one table of fields reads both.
#include "admin/fault_json.hpp"

#include "faults/kinds.hpp"
#include "wire/reasons.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::testbroker {
namespace {

using Json = nlohmann::json;

Error wrong(const std::string& what, const std::string& hint = {}) {
    return Error{Code::invalid_argument, what, hint};
}

std::size_t line_of(std::string_view text, std::size_t byte) {
    const auto part = text.substr(0, std::min(byte, text.size()));
    return 1 + static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
}

// JSON leaves open what a key that stands twice means; this parser would take the last.
Result<Json> parse_object(std::string_view text) {
    std::vector<std::set<std::string>> open_objects;
    std::optional<std::string> twice;
    const auto watch = [&](int /*depth*/, Json::parse_event_t event, const Json& parsed) {
        if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
        if (event == Json::parse_event_t::object_end) open_objects.pop_back();
        if (event == Json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    try {
        Json json = Json::parse(text, watch);
        if (twice) return wrong("key '" + *twice + "' stands twice in one object");
        if (!json.is_object()) return wrong("this is no JSON object");
        return json;
    } catch (const Json::parse_error& error) {
        return wrong("line " + std::to_string(line_of(text, error.byte)) + ": this is no JSON");
    } catch (const Json::out_of_range&) {
        return wrong("a number is larger than any that can be");
    }
}

template <class Number>
bool set_whole(Number& target, const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
        return false;
    target = value.get<Number>();
    return true;
}

template <class Duration>
bool set_duration(Duration& target, const Json& value) {
    // Far beyond what `check` takes, so that the arithmetic after it is safe.
    constexpr std::uint64_t longest = 1'000'000'000'000;
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > longest) return false;
    target = Duration(value.get<std::int64_t>());
    return true;
}

bool set_text(std::string& target, const Json& value) {
    if (!value.is_string()) return false;
    target = value.get<std::string>();
    return true;
}

template <class Enum>
bool set_one_of(Enum& target, const Json& value, const char* first, const char* second) {
    if (value != first && value != second) return false;
    target = static_cast<Enum>(value == first ? 0 : 1);
    return true;
}

bool set_kind(FaultKind& target, const Json& value) {
    const auto kind = value.is_string() ? faults::kind_named(value.get<std::string>()) : std::nullopt;
    if (kind) target = *kind;
    return kind.has_value();
}

bool set_reason(std::uint8_t& target, const Json& value) {
    if (!value.is_string()) return set_whole(target, value);
    const auto named = wire::reason_named(value.get<std::string>());
    if (!named || *named == wire::ReasonCode::success) return false;  // As a number it is the usual reason.
    target = static_cast<std::uint8_t>(*named);
    return true;
}

struct Field {
    const char* name;
    const char* takes;
    bool (*set)(Fault& fault, const Json& value);
};

constexpr Field fields[] = {
    {"kind", "the name of a fault (docs/faults.md)", [](Fault& f, const Json& v) { return set_kind(f.kind, v); }},
    {"tenant", "a string", [](Fault& f, const Json& v) { return set_text(f.tenant, v); }},
    {"client_id", "a string", [](Fault& f, const Json& v) { return set_text(f.client_id, v); }},
    {"times", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.times, v); }},
    {"probability", "a number", [](Fault& f, const Json& v) { return v.is_number() && (f.probability = v.get<double>(), true); }},
    {"seed", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.seed, v); }},
    {"duration_ms", "a whole number", [](Fault& f, const Json& v) { return set_duration(f.duration, v); }},
    {"reason", "a whole number up to 255, or a reason code's name, such as server_busy",
     [](Fault& f, const Json& v) { return set_reason(f.reason, v); }},
    {"server_reference", "a string", [](Fault& f, const Json& v) { return set_text(f.server_reference, v); }},
    {"after_packets", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.after_packets, v); }},
    {"after_bytes", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.after_bytes, v); }},
    {"direction", "received or sent", [](Fault& f, const Json& v) { return set_one_of(f.direction, v, "received", "sent"); }},
    {"delay_ms", "a whole number", [](Fault& f, const Json& v) { return set_duration(f.delay, v); }},
    {"bytes_per_second", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.bytes_per_second, v); }},
    {"state", "kept or lost", [](Fault& f, const Json& v) { return set_one_of(f.state, v, "kept", "lost"); }},
    {"status", "a whole number", [](Fault& f, const Json& v) { return set_whole(f.status, v); }},
    {"retry_after_s", "a whole number", [](Fault& f, const Json& v) { return set_duration(f.retry_after, v); }},
    {"garbage", "true or false", [](Fault& f, const Json& v) { return v.is_boolean() && (f.garbage = v.get<bool>(), true); }},
};

// Every field of `json` but `besides`; `where` stands before their names.
Result<Fault> read_fault(const Json& json, const std::string& where, std::string_view besides = {}) {
    if (!json.is_object()) return wrong(where + ": must be an object");
    const std::string dot = where.empty() ? "" : where + ".";
    Fault fault;
    for (const auto& [key, value] : json.items()) {
        if (key == besides) continue;
        const auto* const field =
            std::find_if(std::begin(fields), std::end(fields), [&name = key](const Field& each) { return each.name == name; });
        if (field == std::end(fields)) return wrong(dot + key + ": there is no such field");
        if (!field->set(fault, value)) return wrong(dot + key + ": must be " + field->takes);
    }
    if (!json.contains("kind")) return wrong(dot + "kind: is missing");
    if (auto checked = check(fault); !checked) return wrong(dot + checked.error().message(), checked.error().hint());
    return fault;
}

// The line on which the n-th object of an array of the outermost object begins. The text is JSON.
std::size_t line_of_step(std::string_view text, std::size_t n) {
    int depth = 0;
    bool is_in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_in_string) {
            if (c == '\\') ++i;
            if (c == '"') is_in_string = false;
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth == 3 && n-- == 0) return line_of(text, i);
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return line_of(text, text.size());
}

Result<ScenarioStep> read_step(const Json& json, const std::string& where) {
    auto fault = read_fault(json, where, "at_ms");
    if (!fault) return std::move(fault).error();
    ScenarioStep step{{}, std::move(*fault)};
    if (json.contains("at_ms") && !set_duration(step.at, json["at_ms"])) return wrong(where + ".at_ms: must be a whole number");
    return step;
}

}  // namespace

Result<Fault> parse_fault(std::string_view text) {
    const auto json = parse_object(text);
    if (!json) return json.error();
    return read_fault(*json, "");
}

Result<Scenario> parse_scenario(std::string_view text) {
    auto json = parse_object(text);
    if (!json) return std::move(json).error();
    for (const auto& [key, value] : json->items()) {
        if (key != "seed" && key != "steps") return wrong(key + ": there is no such field");
    }
    Scenario scenario;
    if (json->contains("seed") && !set_whole(scenario.seed, (*json)["seed"])) return wrong("seed: must be a whole number");
    if (!json->contains("steps") || !(*json)["steps"].is_array()) return wrong("steps: must be an array");
    for (const auto& entry : (*json)["steps"]) {
        const std::size_t n = scenario.steps.size();
        const auto line = [&] { return "line " + std::to_string(line_of_step(text, n)); };
        if (!entry.is_object()) return wrong("steps[" + std::to_string(n) + "]: must be an object");
        auto step = read_step(entry, "steps[" + std::to_string(n) + "]");
        if (!step) return std::move(step).error().in(line());
        scenario.steps.push_back(std::move(*step));
    }
    if (auto checked = check(scenario); !checked) return std::move(checked).error();
    return scenario;
}

namespace admin {

Json to_json(const Fault& fault) {
    const Fault usual;
    Json json{{"kind", std::string(name_of(fault.kind))}};
    const auto put = [&json](const char* name, const auto& value, const auto& at_default) {
        if (value != at_default) json[name] = value;
    };
    put("tenant", fault.tenant, usual.tenant);
    put("client_id", fault.client_id, usual.client_id);
    put("times", fault.times, usual.times);
    put("probability", fault.probability, usual.probability);
    put("seed", fault.seed, usual.seed);
    put("duration_ms", fault.duration.count(), usual.duration.count());
    put("reason", fault.reason, usual.reason);
    put("server_reference", fault.server_reference, usual.server_reference);
    put("after_packets", fault.after_packets, usual.after_packets);
    put("after_bytes", fault.after_bytes, usual.after_bytes);
    put("delay_ms", fault.delay.count(), usual.delay.count());
    put("bytes_per_second", fault.bytes_per_second, usual.bytes_per_second);
    put("status", fault.status, usual.status);
    put("retry_after_s", fault.retry_after.count(), usual.retry_after.count());
    put("garbage", fault.garbage, usual.garbage);
    if (fault.direction == Direction::sent) json["direction"] = "sent";
    if (fault.state == RestartState::lost) json["state"] = "lost";
    return json;
}

Json to_json(const FaultInfo& info) {
    Json json = to_json(info.fault);
    json["id"] = info.id;
    json["standing"] = info.is_standing;
    json["considered"] = info.considered;
    json["applied"] = info.applied;
    json["age_ms"] = info.age.count();
    return json;
}

}  // namespace admin
}  // namespace muster::testbroker

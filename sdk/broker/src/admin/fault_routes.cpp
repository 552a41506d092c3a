// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for faults and scenarios.
#include "admin/fault_routes.hpp"

#include "admin/answers.hpp"
#include "admin/fault_json.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

HttpResponse inject(FaultActions& actions, const std::string& body) {
    const auto fault = parse_fault(body);
    if (!fault) return answer(fault.error());
    const auto id = actions.inject(*fault);
    if (!id) return answer(id.error());
    Json json = to_json(*fault);
    json["id"] = *id;
    return answer(201, json);
}

HttpResponse list(FaultActions& actions) {
    auto entries = Json::array();
    for (const auto& info : actions.faults()) entries.push_back(to_json(info));
    return answer(200, entries);
}

HttpResponse remove(FaultActions& actions, const std::string& text) {
    FaultId id = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (status != std::errc() || end != text.data() + text.size())
        return answer(Error{Code::not_found, "there is no fault '" + text + "'"});
    const auto removed = actions.remove_fault(id);
    return removed ? answer(200, {{"id", id}}) : answer(removed.error());
}

HttpResponse clear(FaultActions& actions) {
    const auto cleared = actions.clear_faults();
    return answer(200, {{"removed", cleared.standing + cleared.absences}, {"outages_ended", cleared.absences}});
}

HttpResponse run(FaultActions& actions, const std::string& body) {
    const auto scenario = parse_scenario(body);
    if (!scenario) return answer(scenario.error());
    const auto begun = actions.run_scenario(*scenario);
    return begun ? answer(202, {{"steps", scenario->steps.size()}, {"seed", scenario->seed}}) : answer(begun.error());
}

}  // namespace

std::optional<HttpResponse> handle_faults(FaultActions& actions, const std::vector<std::string>& path, const HttpRequest& request) {
    if (path.size() < 2 || path.size() > 3 || path[0] != "v1") return std::nullopt;
    const bool is_post = request.method == "POST";
    const bool is_delete = request.method == "DELETE";
    if (path[1] == "scenarios" && path.size() == 2) return is_post ? run(actions, request.body) : wrong_method(request);
    if (path[1] != "faults") return std::nullopt;
    if (path.size() == 3) return is_delete ? remove(actions, path[2]) : wrong_method(request);
    if (request.method == "GET") return list(actions);
    if (is_delete) return clear(actions);
    return is_post ? inject(actions, request.body) : wrong_method(request);
}

}  // namespace muster::testbroker::admin

// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for faults: which request becomes which call.
#include "admin/fault_routes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using nlohmann::json;

/// Notes what it is asked for; an outage is refused, as on a public address.
class NotedFaults final : public admin::FaultActions {
public:
    Result<FaultId> inject(const Fault& fault) override {
        if (fault.kind == FaultKind::outage) return Error{Code::denied, "faults are refused on an address that others reach"};
        note = "inject " + std::string(name_of(fault.kind));
        return FaultId{12};
    }
    Result<void> remove_fault(FaultId id) override {
        note = "remove " + std::to_string(id);
        if (id == 7) return Error{Code::not_found, "there is no fault 7"};
        return {};
    }
    admin::ClearedFaults clear_faults() override {
        note = "clear";
        return {2, 1};
    }
    std::vector<FaultInfo> faults() override { return std::vector<FaultInfo>(2); }
    Result<void> run_scenario(const Scenario& scenario) override {
        note = "run " + std::to_string(scenario.steps.size());
        return {};
    }
    std::string note;
};

struct Api {
    NotedFaults actions;
    std::optional<net::HttpResponse> call(const std::string& method, const std::vector<std::string>& path, const std::string& body = "") {
        return handle_faults(actions, path, {method, "/", "application/json", "", body});
    }
};

}  // namespace

TEST_CASE("each route of faults makes its call") {
    Api api;
    const auto injected = api.call("POST", {"v1", "faults"}, R"({"kind":"freeze","duration_ms":500})");
    CHECK(injected->status == 201);
    CHECK(json::parse(injected->body) == json({{"id", 12}, {"kind", "freeze"}, {"duration_ms", 500}}));
    CHECK(api.actions.note == "inject freeze");
    CHECK(json::parse(api.call("GET", {"v1", "faults"})->body).size() == 2);
    CHECK(api.call("DELETE", {"v1", "faults", "12"})->status == 200);
    CHECK(api.actions.note == "remove 12");
    CHECK(json::parse(api.call("DELETE", {"v1", "faults"})->body) == json{{"removed", 3}, {"outages_ended", 1}});
    CHECK(api.actions.note == "clear");
    const auto run = api.call("POST", {"v1", "scenarios"}, R"({"seed":5,"steps":[{"kind":"freeze"},{"at_ms":9,"kind":"take_over"}]})");
    CHECK(run->status == 202);
    CHECK(api.actions.note == "run 2");
}

TEST_CASE("what a fault or a scenario cannot be is refused, and nothing is called") {
    Api api;
    for (const auto* body : {"", "[]", "{}", R"({"kind":"flood"})", R"({"kind":"freeze","duration_ms":-1})", R"({"kind":"outage"})"}) {
        INFO(body);
        CHECK(api.call("POST", {"v1", "faults"}, body)->status == 400);
    }
    CHECK(api.call("POST", {"v1", "scenarios"}, R"({"steps":[{"kind":"freeze"},{"kind":"outage"}]})")->status == 400);
    CHECK(api.actions.note.empty());
}

TEST_CASE("a fault that may not be, or is not there, is told apart from a mistake") {
    Api api;
    CHECK(api.call("POST", {"v1", "faults"}, R"({"kind":"outage","duration_ms":5})")->status == 403);
    CHECK(api.call("DELETE", {"v1", "faults", "7"})->status == 404);
    for (const auto* id : {"", "x", "1x", "-1", "99999999999999999999999"}) CHECK(api.call("DELETE", {"v1", "faults", id})->status == 404);
}

TEST_CASE("unknown methods of faults are refused, and other routes are left to others") {
    Api api;
    CHECK(api.call("PUT", {"v1", "faults"})->status == 405);
    CHECK(api.call("GET", {"v1", "faults", "12"})->status == 405);
    CHECK(api.call("GET", {"v1", "scenarios"})->status == 405);
    CHECK_FALSE(api.call("GET", {"v1", "status"}));
    CHECK_FALSE(api.call("GET", {"v1"}));
    CHECK_FALSE(api.call("GET", {"v2", "faults"}));
    CHECK_FALSE(api.call("GET", {"v1", "faults", "12", "more"}));
}

}  // namespace muster::test

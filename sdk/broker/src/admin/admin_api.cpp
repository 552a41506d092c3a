// SPDX-License-Identifier: Apache-2.0
// The admin API as a whole.
#include "admin/admin_api.hpp"

#include "admin/answers.hpp"
#include "admin/event_stream.hpp"
#include "admin/routes.hpp"
#include "core/sys_topics.hpp"

#include <muster/version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {
namespace {

// None: there is such a route. RFC 9110, section 15.5.6, wants the methods that there are.
std::optional<net::HttpResponse> refuse_unlisted(const Target& target, const net::HttpRequest& request) {
    const auto methods = methods_of(target.path);
    if (methods.empty()) return answer(Error{Code::not_found, "there is nothing at " + request.target});
    if (std::find(methods.begin(), methods.end(), request.method) != methods.end()) return std::nullopt;
    std::string allowed;
    for (const auto method : methods) allowed += (allowed.empty() ? "" : ", ") + std::string(method);
    auto refusal = wrong_method(request);
    refusal.headers.emplace_back("Allow", allowed);
    return refusal;
}

net::HttpResponse answer_sys(const Figures& figures) {
    core::SysFigures sys;
    sys.version = version();
    sys.uptime = figures.uptime;
    sys.counters = figures.core;
    sys.census = figures.census;
    sys.packets_received = figures.net.packets_in;
    sys.packets_sent = figures.net.packets_out;
    sys.bytes_received = figures.net.bytes_in;
    sys.bytes_sent = figures.net.bytes_out;
    auto topics = nlohmann::json::object();
    for (const auto& [topic, value] : core::sys_topics(sys)) topics[topic] = value;
    return answer(200, topics);
}

}  // namespace

net::HttpResponse AdminApi::handle(const net::HttpRequest& request) {
    const auto target = parse_target(request.target);
    if (!target) return answer(target.error());
    if (auto refused = refuse_unlisted(*target, request)) return *std::move(refused);
    if (auto answered = handle_clients(clients_, *target, request)) return *std::move(answered);
    if (auto answered = handle_events(events_, *target, request)) return *std::move(answered);
    if (target->path == std::vector<std::string>{"metrics"})
        return {200, "text/plain; version=0.0.4; charset=utf-8", {}, to_prometheus(measure_()), nullptr};
    if (target->path == std::vector<std::string>{"v1", "sys"}) return answer_sys(measure_());
    if (auto answered = handle_fleet(fleet_, *target, request)) return *std::move(answered);
    if (auto answered = handle_devices(devices_, *target, request)) return *std::move(answered);
    if (auto answered = handle_certificates(certificates_, *target, request)) return *std::move(answered);
    return service_.handle(request);
}

net::HttpResponse AdminApi::handle_with(const Token& token, const net::HttpRequest& request) {
    if (token.is_shown_by(request.authorization)) return handle(request);
    auto refusal = answer(401, {{"error",
                                 {{"code", "denied"},
                                  {"message", "the admin API needs its bearer token"},
                                  {"hint", "send 'Authorization: Bearer TOKEN' with the token of the broker's admin token file"}}}});
    refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refusal;
}

}  // namespace muster::testbroker::admin

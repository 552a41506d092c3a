// SPDX-License-Identifier: Apache-2.0
// The admin API as a whole.
#include "admin/admin_api.hpp"

#include "admin/answers.hpp"
#include "admin/event_stream.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace muster::testbroker::admin {

net::HttpResponse AdminApi::handle(const net::HttpRequest& request) {
    const auto target = parse_target(request.target);
    if (!target) return answer(target.error());
    if (auto answered = handle_clients(clients_, *target, request)) return *std::move(answered);
    if (auto answered = handle_events(events_, *target, request)) return *std::move(answered);
    if (target->path == std::vector<std::string>{"metrics"}) {
        if (request.method != "GET") return wrong_method(request);
        return {200, "text/plain; version=0.0.4; charset=utf-8", {}, to_prometheus(measure_()), nullptr};
    }
    if (auto answered = handle_fleet(fleet_, *target, request)) return *std::move(answered);
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

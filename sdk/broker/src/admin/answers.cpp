// SPDX-License-Identifier: Apache-2.0
// How the admin API answers.
#include "admin/answers.hpp"

#include <nlohmann/json.hpp>

namespace muster::testbroker::admin {
using Json = nlohmann::json;
using net::HttpResponse;

unsigned status_for(Code code) {
    switch (code) {
        case Code::invalid_argument:
            return 400;
        case Code::denied:
            return 403;
        case Code::not_found:
            return 404;
        case Code::conflict:
        case Code::full:
            return 409;
        case Code::too_large:
            return 413;
        case Code::no_space:
            return 507;
        default:
            return 500;
    }
}

HttpResponse answer(unsigned status, const Json& body) {
    return {status, "application/json", {}, body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

HttpResponse answer(const Error& error) {
    Json body{{"code", std::string(name_of(error.code()))}, {"message", error.message()}};
    if (!error.hint().empty()) body["hint"] = error.hint();
    return answer(status_for(error.code()), {{"error", body}});
}

HttpResponse wrong_method(const net::HttpRequest& request) {
    return answer(
        405, {{"error", {{"code", "invalid_argument"}, {"message", "'" + request.method + "' is not possible on " + request.target}}}});
}

}  // namespace muster::testbroker::admin

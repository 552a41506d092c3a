// SPDX-License-Identifier: Apache-2.0
// Every route of the admin API, in one table.
#include "admin/routes.hpp"

namespace muster::testbroker::admin {
namespace {

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
    for (const auto& segment : path) {
        if (pattern.empty()) return false;
        pattern.remove_prefix(1);  // The slash.
        const std::string_view wanted = pattern.substr(0, pattern.find('/'));
        if (wanted.front() != '{' && wanted != segment) return false;
        pattern.remove_prefix(wanted.size());
    }
    return pattern.empty();
}

}  // namespace

const std::vector<Route>& routes() {
    static const std::vector<Route> all{
        {"GET", "/metrics"},
        {"GET", "/v1/status"},
        {"GET", "/v1/sys"},
        {"GET", "/v1/clients"},
        {"GET", "/v1/events"},
        {"POST", "/v1/faults"},
        {"GET", "/v1/faults"},
        {"DELETE", "/v1/faults"},
        {"DELETE", "/v1/faults/{id}"},
        {"POST", "/v1/scenarios"},
        {"GET", "/v1/issuances"},
        {"GET", "/v1/tenants"},
        {"POST", "/v1/tenants"},
        {"GET", "/v1/tenants/{tenant}"},
        {"PATCH", "/v1/tenants/{tenant}"},
        {"DELETE", "/v1/tenants/{tenant}"},
        {"GET", "/v1/tenants/{tenant}/limits"},
        {"PATCH", "/v1/tenants/{tenant}/limits"},
        {"GET", "/v1/tenants/{tenant}/devices"},
        {"POST", "/v1/tenants/{tenant}/devices"},
        {"POST", "/v1/tenants/{tenant}/registrations"},
        {"POST", "/v1/tenants/{tenant}/revocations"},
        {"POST", "/v1/tenants/{tenant}/deletions"},
        {"GET", "/v1/tenants/{tenant}/devices/{id}"},
        {"DELETE", "/v1/tenants/{tenant}/devices/{id}"},
        {"PUT", "/v1/tenants/{tenant}/devices/{id}/password"},
        {"POST", "/v1/tenants/{tenant}/devices/{id}/revoke"},
        {"POST", "/v1/tenants/{tenant}/certificates/{serial}/revoke"},
        {"PUT", "/v1/tenants/{tenant}/applications/{user}"},
        {"DELETE", "/v1/tenants/{tenant}/applications/{user}"},
        {"POST", "/v1/tenants/{tenant}/applications/{user}/certificates"},
        {"GET", "/v1/tenants/{tenant}/enrollments"},
        {"POST", "/v1/tenants/{tenant}/enrollments/{device}"},
        {"GET", "/v1/tenants/{tenant}/issuances"},
        {"GET", "/v1/tenants/{tenant}/crl"},
        {"POST", "/v1/tenants/{tenant}/ca-challenge"},
        {"GET", "/v1/tenants/{tenant}/cas"},
        {"POST", "/v1/tenants/{tenant}/cas"},
        {"PATCH", "/v1/tenants/{tenant}/cas/{sha256}"},
        {"DELETE", "/v1/tenants/{tenant}/cas/{sha256}"},
        {"DELETE", "/v1/tenants/{tenant}/clients/{id}"},
    };
    return all;
}

std::vector<std::string_view> methods_of(const std::vector<std::string>& path) {
    std::vector<std::string_view> methods;
    for (const auto& route : routes()) {
        if (fits(route.path, path)) methods.push_back(route.method);
    }
    return methods;
}

}  // namespace muster::testbroker::admin

// SPDX-License-Identifier: Apache-2.0
// The admin API's routes that take tenants and applications away, and limit them.
#pragma once

#include "admin/target.hpp"
#include "net/http_message.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <optional>
#include <string_view>

namespace muster::testbroker::admin {

/// As the functions of Broker. Threads: the service's.
class FleetActions {
public:
    virtual ~FleetActions() = default;
    virtual Result<void> set_tenant_limits(std::string_view tenant, const TenantLimits& limits) = 0;
    virtual Result<TenantLimits> tenant_limits(std::string_view tenant) = 0;
    virtual Result<void> delete_application(std::string_view tenant, std::string_view user) = 0;
    virtual Result<void> delete_tenant(std::string_view name) = 0;
};

/// None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_fleet(FleetActions& actions, const Target& target, const net::HttpRequest& request);

}  // namespace muster::testbroker::admin

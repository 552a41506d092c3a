// SPDX-License-Identifier: Apache-2.0
// The admin API: HTTP requests with JSON made into calls, and their results into answers (docs/reference/admin-api.md).
#pragma once

#include "admin/fault_routes.hpp"
#include "net/http_message.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

/// Where clients come in.
struct ListenerInfo {
    std::string url;
    ListenerScheme scheme = ListenerScheme::mqtts;
    ClientCertificates client_certificates = ClientCertificates::optional;  ///< TLS only.
};

/// What the API can do; the broker is behind it. Threads: the service's.
class Actions : public FaultActions {
public:
    virtual Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) = 0;
    virtual Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options) = 0;
    virtual Result<std::vector<TenantInfo>> list_tenants() = 0;
    virtual Result<void> set_device_password(std::string_view tenant, std::string_view id, std::string_view password) = 0;
    virtual Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password) = 0;
    virtual BrokerCounters counters() = 0;
    [[nodiscard]] virtual const BrokerAddresses& addresses() const = 0;
    [[nodiscard]] virtual std::vector<ListenerInfo> listeners() const = 0;
};

/// Threads: one at a time.
class AdminService {
public:
    explicit AdminService(Actions& actions) : actions_(actions) {}
    [[nodiscard]] net::HttpResponse handle(const net::HttpRequest& request);

private:
    Actions& actions_;
};

}  // namespace muster::testbroker::admin

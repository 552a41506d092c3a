// SPDX-License-Identifier: Apache-2.0
// The admin API's routes about devices: one, a page of them, or many at once.
#pragma once

#include "admin/target.hpp"
#include "net/http_message.hpp"
#include "registry/device_orders.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

/// As the functions of Registry. Threads: the service's.
class DeviceActions {
public:
    virtual ~DeviceActions() = default;
    virtual Result<std::vector<Result<registry::RegisteredDevice>>> register_devices(std::string_view tenant,
                                                                                     const std::vector<registry::NewDevice>& devices) = 0;
    virtual Result<std::vector<registry::KnownDevice>> list_devices(std::string_view tenant, std::string_view after,
                                                                    std::int64_t limit) = 0;
    virtual Result<registry::KnownDevice> find_device(std::string_view tenant, std::string_view id) = 0;
    virtual Result<std::vector<Result<void>>> revoke_devices(std::string_view tenant, const std::vector<std::string>& ids,
                                                             registry::RevocationReason reason) = 0;
    virtual Result<void> revoke_certificate(std::string_view tenant, std::string_view serial, registry::RevocationReason reason) = 0;
    virtual Result<std::vector<Result<void>>> delete_devices(std::string_view tenant, const std::vector<std::string>& ids) = 0;
};

/// None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_devices(DeviceActions& actions, const Target& target,
                                                              const net::HttpRequest& request);

}  // namespace muster::testbroker::admin

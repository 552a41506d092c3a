// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for clients: who is there, and that somebody goes.
#pragma once

#include "admin/target.hpp"
#include "core/client_info.hpp"
#include "net/http_message.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

/// What can be known of clients, and done with them. Threads: the service's.
class ClientActions {
public:
    virtual ~ClientActions() = default;
    /// Sessions, connected or not, of one tenant or of all.
    virtual std::vector<core::ClientInfo> clients(std::optional<std::string_view> tenant) = 0;
    /// Ends the client's connections, 0x98 for MQTT 5; returns how many.
    virtual std::size_t kick(std::string_view tenant, std::string_view client_id, const std::string& why) = 0;
};

/// None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_clients(ClientActions& actions, const Target& target,
                                                              const net::HttpRequest& request);

}  // namespace muster::testbroker::admin

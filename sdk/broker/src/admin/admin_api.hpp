// SPDX-License-Identifier: Apache-2.0
// The admin API as a whole: every group of routes behind one entrance.
#pragma once

#include "admin/admin_service.hpp"
#include "admin/certificate_routes.hpp"
#include "admin/client_routes.hpp"
#include "admin/device_routes.hpp"
#include "admin/event_log.hpp"
#include "admin/fleet_routes.hpp"
#include "admin/metrics.hpp"
#include "admin/token.hpp"
#include "net/http_message.hpp"

#include <functional>
#include <utility>

namespace muster::testbroker::admin {

/// Threads: one at a time.
class AdminApi {
public:
    /// The service, the actions and the log are borrowed for the API's life.
    AdminApi(AdminService& service, ClientActions& clients, FleetActions& fleet, DeviceActions& devices, CertificateActions& certificates,
             EventLog& events, std::function<Figures()> measure)
        : service_(service),
          clients_(clients),
          fleet_(fleet),
          devices_(devices),
          certificates_(certificates),
          events_(events),
          measure_(std::move(measure)) {}
    /// For who has proved to be the administrator.
    [[nodiscard]] net::HttpResponse handle(const net::HttpRequest& request);
    /// The same for who must show the token; 401 otherwise.
    [[nodiscard]] net::HttpResponse handle_with(const Token& token, const net::HttpRequest& request);

private:
    AdminService& service_;
    ClientActions& clients_;
    FleetActions& fleet_;
    DeviceActions& devices_;
    CertificateActions& certificates_;
    EventLog& events_;
    std::function<Figures()> measure_;
};

}  // namespace muster::testbroker::admin

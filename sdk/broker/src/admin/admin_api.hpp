// SPDX-License-Identifier: Apache-2.0
// The admin API as a whole: every group of routes behind one entrance.
#pragma once

#include "admin/admin_service.hpp"
#include "admin/client_routes.hpp"
#include "admin/token.hpp"
#include "net/http_message.hpp"

namespace muster::testbroker::admin {

/// Threads: one at a time.
class AdminApi {
public:
    AdminApi(AdminService& service, ClientActions& clients) : service_(service), clients_(clients) {}
    /// For who has proved to be the administrator.
    [[nodiscard]] net::HttpResponse handle(const net::HttpRequest& request);
    /// The same for who must show the token; 401 otherwise.
    [[nodiscard]] net::HttpResponse handle_with(const Token& token, const net::HttpRequest& request);

private:
    AdminService& service_;
    ClientActions& clients_;
};

}  // namespace muster::testbroker::admin

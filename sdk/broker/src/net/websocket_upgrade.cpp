// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket: who is let to upgrade.
#include "net/websocket_session.hpp"

#include <string_view>

namespace muster::testbroker::net {

namespace http = boost::beast::http;

std::optional<UpgradeRefusal> check_upgrade(const UpgradeRequest& request) {
    if (!boost::beast::websocket::is_upgrade(request))
        return UpgradeRefusal{http::status::upgrade_required, "this is MQTT over WebSocket: connect an MQTT client to /mqtt\n"};
    const std::string_view target(request.target().data(), request.target().size());
    if (target.substr(0, target.find('?')) != "/mqtt")
        return UpgradeRefusal{http::status::not_found, "MQTT over WebSocket is served at /mqtt\n"};
    for (const auto& protocol : http::token_list(request[http::field::sec_websocket_protocol])) {
        if (protocol == "mqtt") return std::nullopt;
    }
    return UpgradeRefusal{http::status::bad_request, "the WebSocket subprotocol must be mqtt (Sec-WebSocket-Protocol: mqtt)\n"};
}

}  // namespace muster::testbroker::net

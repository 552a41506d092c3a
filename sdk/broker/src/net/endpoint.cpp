// SPDX-License-Identifier: Apache-2.0
// Addresses to bind to.
#include "net/endpoint.hpp"

#include "base/files.hpp"

namespace muster::testbroker::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string address_of(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

}  // namespace

Result<asio::ip::address> parse_address(const std::string& text, bool allow_public) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, error);
    if (error) return Error{Code::invalid_argument, "'" + text + "' is not an IP address"};
    if (!address.is_loopback() && !allow_public) {
        return Error{Code::invalid_argument, "the test broker does not listen on " + text + ", which others can reach",
                     "use 127.0.0.1, or --allow-public if you mean it"};
    }
    return address;
}

Error listen_error(const boost::system::error_code& error, const tcp::endpoint& endpoint) {
    const std::string where = address_of(endpoint);
    if (error == asio::error::address_in_use)
        return Error{Code::in_use, where + " is in use by another process", "choose another port; 0 lets the system choose"};
    if (error == asio::error::access_denied) {
        return Error{Code::io, "cannot listen on " + where + ": " + error.message(),
                     "choose a port from 1024 on, or allow lower ones: setcap cap_net_bind_service=+ep, or systemd's AmbientCapabilities="};
    }
    if (error == boost::system::errc::address_not_available)
        return Error{Code::io, "cannot listen on " + where + ": " + error.message(), "choose an address of this machine: ip address"};
    return base::system_error(error.value(), "cannot listen on", where);
}

std::string url_of(const std::string& scheme, const tcp::endpoint& endpoint) {
    return scheme + "://" + address_of(endpoint);
}

}  // namespace muster::testbroker::net

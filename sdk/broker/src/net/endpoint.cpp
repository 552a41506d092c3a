// SPDX-License-Identifier: Apache-2.0
// Addresses to bind to.
#include "net/endpoint.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <fcntl.h>

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

Result<void> listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    boost::system::error_code ignored;
    acceptor.close(ignored);
    return listen_error(error, endpoint);
}

Error listen_error(const boost::system::error_code& error, const tcp::endpoint& endpoint) {
    const std::string where = address_of(endpoint);
    if (error == asio::error::address_in_use)
        return Error{Code::in_use, where + " is in use by another process", "choose another port; 0 lets the system choose"};
    return Error{Code::io, "cannot listen on " + where + ": " + error.message()};
}

std::string url_of(const std::string& scheme, const tcp::endpoint& endpoint) {
    return scheme + "://" + address_of(endpoint);
}

}  // namespace muster::testbroker::net

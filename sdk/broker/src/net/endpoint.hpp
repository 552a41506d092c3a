// SPDX-License-Identifier: Apache-2.0
// Addresses to bind to, and what went wrong when binding.
#pragma once

#include <muster/result.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace muster::testbroker::net {

/// Parses an IP address. Fails with Code::invalid_argument if it is none, or not a loopback address and `allow_public` is not set.
Result<boost::asio::ip::address> parse_address(const std::string& text, bool allow_public);

/// What to say of a bind or a listen that failed: Code::in_use or Code::io.
[[nodiscard]] Error listen_error(const boost::system::error_code& error, const boost::asio::ip::tcp::endpoint& endpoint);

/// `scheme://address:port`, with brackets around IPv6.
[[nodiscard]] std::string url_of(const std::string& scheme, const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace muster::testbroker::net

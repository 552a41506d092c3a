// SPDX-License-Identifier: Apache-2.0
// A broker's server reference as an endpoint.
#include "device/redirect.hpp"

#include "base/text.hpp"
#include "base/uri.hpp"

namespace muster::device {

Result<std::string> redirect_target(std::string_view server_reference, std::string_view endpoint_url) {
    const std::string scheme(endpoint_url.substr(0, endpoint_url.find("://")));
    const std::string_view first = server_reference.substr(0, server_reference.find(' '));
    auto target = base::parse_endpoint(scheme + "://" + std::string(first));
    const bool is_safe = target && (target->is_tls() || target->is_loopback());
    if (is_safe) return target->url();
    return Error{Code::rejected, "the broker names another server that is not gone to: '" + base::printable(server_reference) + "'"};
}

}  // namespace muster::device

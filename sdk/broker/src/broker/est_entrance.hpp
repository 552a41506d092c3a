// SPDX-License-Identifier: Apache-2.0
// EST between its HTTPS server and its service, where faults strike.
#pragma once

#include "authority/est_service.hpp"
#include "base/clock.hpp"
#include "faults/plan.hpp"
#include "net/http_message.hpp"

namespace muster::testbroker {

/// Where EST is served (RFC 7030, section 3.2.2).
constexpr const char* est_path = "/.well-known/est";

/// A request that a fault strikes does not reach the service: a one-time password stays good. Threads: one, the plan's.
[[nodiscard]] net::HttpResponse answer_est(authority::EstService& service, faults::Plan& plan, const net::HttpRequest& request,
                                           base::SteadyTime now);

}  // namespace muster::testbroker

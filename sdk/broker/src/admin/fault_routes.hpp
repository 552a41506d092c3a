// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for faults and scenarios.
#pragma once

#include "net/http_message.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/faults.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace muster::testbroker::admin {

/// What has ended at once.
struct ClearedFaults {
    std::size_t standing = 0;
    std::size_t absences = 0;  ///< Outages and restarts that were under way.
};

/// What can be done with faults; `Broker` says what each does. Threads: the service's.
class FaultActions {
public:
    virtual ~FaultActions() = default;
    virtual Result<FaultId> inject(const Fault& fault) = 0;
    virtual Result<void> remove_fault(FaultId id) = 0;
    virtual ClearedFaults clear_faults() = 0;
    virtual std::vector<FaultInfo> faults() = 0;
    virtual Result<void> run_scenario(const Scenario& scenario) = 0;
};

/// `path` is the request's, in decoded segments. None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_faults(FaultActions& actions, const std::vector<std::string>& path,
                                                             const net::HttpRequest& request);

}  // namespace muster::testbroker::admin

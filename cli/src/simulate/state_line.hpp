// SPDX-License-Identifier: Apache-2.0
// A change of a full device's connection on a line of the trace.
#pragma once

#include "trace.hpp"

#include <muster/status.hpp>

#include <string>
#include <vector>

namespace muster::cli::simulate {

/// `= waiting at=mqtts://127.0.0.1:8883 v5 reason="the broker closed the connection" client=press-01`. A broker may send back what it was
/// sent, as a reason or as a server to go to: `secrets` are hidden there.
void tell(Trace& trace, ConnectionState state, const Status& status, const std::vector<std::string>& secrets);

}  // namespace muster::cli::simulate

// SPDX-License-Identifier: Apache-2.0
// What faults hold of one connection.
#pragma once

#include "base/clock.hpp"
#include "faults/link.hpp"

#include <optional>

namespace muster::testbroker::net {

/// Made when a fault stands, so that without one a connection pays for a pointer. Threads: its shard's.
struct ConnectionFaults {
    faults::Link link;
    bool is_stalled = false;     ///< Its TLS handshake is never answered.
    bool is_doomed = false;      ///< It is cut once what is to be written was written.
    bool holds_reading = false;  ///< Nothing is read now.
    bool holds_writing = false;
    std::optional<base::SteadyTime> resumed_by;  ///< When its host tries again; none: once the faults are others.
    base::SteadyTime last_acknowledgement{};     ///< When the last one that was delayed is sent; none may overtake it.
};

}  // namespace muster::testbroker::net

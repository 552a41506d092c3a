// SPDX-License-Identifier: Apache-2.0
// `muster pub --queue`: through the SDK's outbox, which keeps what the broker does not take now.
#pragma once

#include "messages/payloads.hpp"

namespace muster::cli {

/// Fails with Code::invalid_argument for flags that a device does not have.
[[nodiscard]] Result<void> check_queued(const PubOptions& options);
[[nodiscard]] Exit run_pub_queued(const PubOptions& options, Payloads payloads, Io& io);

}  // namespace muster::cli

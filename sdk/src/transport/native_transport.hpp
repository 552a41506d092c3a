// SPDX-License-Identifier: Apache-2.0
// The Transport of the SDK's own: MQTT by sdk/wire over sockets and OpenSSL.
#pragma once

#include "base/random.hpp"
#include "transport/resolver.hpp"

#include <muster/transport.hpp>

#include <memory>

namespace muster::transport {

/// Each link has a thread and a socket, and shares nothing with those of other devices. `random` decides which of a name's addresses this
/// device prefers and where its packet ids begin; it is not asked after this has returned.
[[nodiscard]] std::unique_ptr<Transport> make_native_transport(
    Resolver resolve = resolve_by_system, std::unique_ptr<base::Random> random = std::make_unique<base::SystemRandom>());

}  // namespace muster::transport

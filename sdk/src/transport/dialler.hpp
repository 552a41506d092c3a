// SPDX-License-Identifier: Apache-2.0
// One TCP connection to whichever of several addresses takes it first.
#pragma once

#include "base/descriptor.hpp"
#include "transport/addresses.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace muster::transport {

struct Dialled {
    base::Descriptor socket;  ///< Non-blocking.
    Address address;
};

/// RFC 8305, section 5: the next address is tried when the one before has failed, or not answered for this long.
constexpr std::chrono::milliseconds attempt_delay{250};

/// Blocks until an address answers, all have refused (Code::unreachable, with what each said), or `stop` is readable (Code::stopped).
/// `failed` is told of every address that refused, or had not answered when it was given up for a later one or for the stop.
[[nodiscard]] Result<Dialled> dial(const std::vector<Address>& order, int stop, const std::function<void(const Address&)>& failed);

}  // namespace muster::transport

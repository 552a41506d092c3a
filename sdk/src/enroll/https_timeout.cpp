// SPDX-License-Identifier: Apache-2.0
// How long an HTTPS request may wait.
#include "enroll/https_client.hpp"

namespace muster::est {

Result<void> check_timeout(std::chrono::milliseconds timeout) {
    constexpr std::chrono::seconds shortest{1};
    constexpr std::chrono::minutes longest{10};
    if (timeout < shortest || timeout > longest) return Error{Code::invalid_argument, "the timeout must be 1 s to 10 min"};
    return {};
}

}  // namespace muster::est

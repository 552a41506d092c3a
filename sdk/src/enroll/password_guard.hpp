// SPDX-License-Identifier: Apache-2.0
// Servers may send back what they were sent.
#pragma once

#include "enroll/https_client.hpp"

#include <string>

namespace muster::est {

/// Whether the request's password is in it, as it is or as HTTP Basic sends it.
[[nodiscard]] bool holds_password(const std::string& text, const HttpsRequest& request);

}  // namespace muster::est

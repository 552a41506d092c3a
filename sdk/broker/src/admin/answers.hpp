// SPDX-License-Identifier: Apache-2.0
// How the admin API answers: JSON, and errors with their codes.
#pragma once

#include "net/http_message.hpp"

#include <muster/result.hpp>

#include <nlohmann/json_fwd.hpp>

namespace muster::testbroker::admin {

/// The HTTP status that goes with an error's code.
[[nodiscard]] unsigned status_for(Code code);
[[nodiscard]] net::HttpResponse answer(unsigned status, const nlohmann::json& body);
/// With that status.
[[nodiscard]] net::HttpResponse answer(const Error& error);
[[nodiscard]] net::HttpResponse wrong_method(const net::HttpRequest& request);

}  // namespace muster::testbroker::admin

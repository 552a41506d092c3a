// SPDX-License-Identifier: Apache-2.0
// A request's target taken apart: path segments and query.
#pragma once

#include <muster/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

struct Target {
    std::vector<std::string> path;             ///< Decoded segments.
    std::map<std::string, std::string> query;  ///< Decoded; of a key that is there twice the last.
};

/// Fails with Code::invalid_argument for a wrong percent-encoding.
Result<Target> parse_target(std::string_view target);

}  // namespace muster::testbroker::admin

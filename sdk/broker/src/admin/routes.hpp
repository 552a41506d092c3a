// SPDX-License-Identifier: Apache-2.0
// Every route of the admin API, in one table: what is not in it is not served.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

/// As in docs/reference/admin-api.yaml, which a test compares with the table.
struct Route {
    std::string_view method;
    std::string_view path;  ///< A segment in braces stands for any.
};

[[nodiscard]] const std::vector<Route>& routes();
/// The methods of a path in decoded segments; none: there is nothing at it.
[[nodiscard]] std::vector<std::string_view> methods_of(const std::vector<std::string>& path);

}  // namespace muster::testbroker::admin

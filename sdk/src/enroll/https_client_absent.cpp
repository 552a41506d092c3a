// SPDX-License-Identifier: Apache-2.0
// In the place of https_client.cpp where the SDK is built without EST, and so without libcurl.
#include "enroll/https_client.hpp"

namespace muster::est {

Result<HttpsAnswer> exchange(const HttpsRequest& /*request*/) {
    return Error{Code::invalid_argument, "this muster was built without EST", "build it with MUSTER_SDK_EST=ON, or enroll elsewhere"};
}

std::optional<std::chrono::seconds> parse_http_date(const std::string& /*date*/) {
    return std::nullopt;  // There is no answer that has one.
}

}  // namespace muster::est

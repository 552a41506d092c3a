// SPDX-License-Identifier: Apache-2.0
// An HTTP request and its response without their connection.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::net {

struct HttpRequest {
    std::string method;
    std::string target;  ///< Path and query as sent, percent-encoded.
    std::string content_type;
    std::string authorization;
    std::string body;
};

struct HttpResponse {
    unsigned status = 500;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// An HTTP request and its response without their connection.
#pragma once

#include "tenancy/admission.hpp"

#include <functional>
#include <memory>
#include <optional>
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
    std::string last_event_id = {};                                 ///< The header of that name; empty if there is none.
    std::optional<tenancy::PeerCertificate> client = std::nullopt;  ///< What the TLS handshake proved; it may have expired.
};

/// What a response goes on with until one side ends it. Threads: the handler's.
class HttpStream {
public:
    virtual ~HttpStream() = default;
    /// What is to be sent now; empty: nothing yet.
    [[nodiscard]] virtual std::string next() = 0;
    /// Calls `wake` once when `next` has something; a later call replaces it, and it is not called after the stream's end.
    virtual void when_more(std::function<void()> wake) = 0;
    /// Sent now and then while there is nothing, so that a peer that is gone is noticed.
    [[nodiscard]] virtual std::string idle() = 0;
};

struct HttpResponse {
    unsigned status = 500;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<HttpStream> stream = nullptr;  ///< Instead of the body; the connection ends with it.
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace muster::testbroker::net

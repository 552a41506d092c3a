// SPDX-License-Identifier: Apache-2.0
// An HTTP proxy that knows CONNECT and nothing else.
#pragma once

#include "base/guarded.hpp"
#include "support/loopback.hpp"

#include <string>
#include <thread>
#include <vector>

namespace muster::test {

/// Leads every connection to the port of 127.0.0.1 that it asks for, one after the other.
/// Threads: `requests` from any.
class HttpProxy {
public:
    /// Answers with this instead of leading anywhere, if it is not empty.
    explicit HttpProxy(std::string refusal = {});
    ~HttpProxy();
    HttpProxy(const HttpProxy&) = delete;
    HttpProxy& operator=(const HttpProxy&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
    /// Their headers, as they came.
    [[nodiscard]] std::vector<std::string> requests() const;

private:
    void run();
    void serve(int client);

    const std::string refusal_;
    LoopbackListener listener_;
    base::Guarded<std::vector<std::string>> requests_;
    base::Guarded<int> client_{-1};  // Shut down by the destructor.
    std::thread thread_;
};

}  // namespace muster::test

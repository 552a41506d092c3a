// SPDX-License-Identifier: Apache-2.0
// An HTTPS server on loopback that answers as a test says, also as no good server would.
#pragma once

#include "base/guarded.hpp"
#include "support/mint.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace muster::test {

struct HttpRequest {
    std::string method;
    std::string target;
    std::string head;  ///< The request line and the header lines.
    std::string body;
    CertificateHandle client;  ///< What the client showed in the handshake, whoever signed it; null without.

    /// The header's value, or empty. The name is compared without regard to case.
    [[nodiscard]] std::string header(const std::string& name) const;
};

struct HttpReply {
    enum class Then : std::uint8_t {
        close,    ///< The usual end.
        stall,    ///< Say nothing more until the client leaves.
        trickle,  ///< The bytes one by one, 20 a second, until the client leaves.
        reset,    ///< Break the TCP connection.
    };
    std::string bytes;  ///< Everything sent, status line included.
    Then then = Then::close;
};

[[nodiscard]] HttpReply http_reply(int status, const std::string& content_type, const std::string& body, const std::string& headers = {});

/// Serves one connection after another, one request each, on a port chosen by the kernel.
/// Threads: `requests` from any; the handler is called on the server's thread.
class HttpsServer {
public:
    using Handler = std::function<HttpReply(const HttpRequest&)>;
    enum class Greeting : std::uint8_t { tls, tls_1_1, silence };

    HttpsServer(const Minted& identity, Handler handler, Greeting greeting = Greeting::tls);
    ~HttpsServer();
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<HttpRequest> requests() const;

private:
    void run();
    void serve(int connection);
    void answer(SSL& tls, int connection);

    Handler handler_;
    Greeting greeting_;
    std::shared_ptr<SSL_CTX> context_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> is_stopping_{false};
    base::Guarded<std::vector<HttpRequest>> requests_;
    base::Guarded<int> connection_{-1};  // Shut down by the destructor, so that no reply outlives the test.
    std::thread thread_;
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// One HTTPS request to a server that pinned certificates vouch for.
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "pki/openssl.hpp"

#include <muster/est_observer.hpp>
#include <muster/result.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::est {

struct HttpsRequest {
    std::string url;
    std::filesystem::path trust_anchors;  ///< The only CAs believed; the system's are not.
    std::chrono::milliseconds timeout{30'000};
    std::string content_type;  ///< With a body: POST; without: GET.
    std::string body;
    std::string username;  ///< HTTP Basic, if not empty.
    base::Secret password;
    std::filesystem::path client_certificate;           ///< PEM, with its chain; empty: none is shown.
    std::filesystem::path client_key;                   ///< PEM.
    const base::Secret* client_key_password = nullptr;  ///< If the key is encrypted; borrowed for the call.
    /// At which the server's certificate must be valid; none: the machine's.
    std::optional<base::WallTime> now;
    /// Not null, which is for a question without a body or credentials only: whoever answers is let do so, if the certificate is for the
    /// host, and what it showed (its own certificate first) is put here, to be judged before a word of the answer is believed.
    std::vector<pki::Certificate>* shown = nullptr;
    const std::atomic<bool>* is_cancelled = nullptr;  ///< Looked at once a second; borrowed for the call.
    EstObserver* observer = nullptr;                  ///< Is told of request and answer; borrowed for the call.
};

/// Whether a request may wait so long: 1 s to 10 min. Fails with Code::invalid_argument.
Result<void> check_timeout(std::chrono::milliseconds timeout);

struct HttpsAnswer {
    long status = 0;
    std::string content_type;
    std::string retry_after;
    std::string date;  ///< By the server's clock.
    std::string body;
};

/// TLS 1.2 or newer, host name verified, no redirect followed, no proxy of the environment used (an EST server is reached directly), at
/// most 64 KiB of headers and as much of body. Fails with Code::unreachable, Code::timeout, Code::tls, Code::too_large,
/// Code::invalid_argument (URL), Code::stopped (cancelled). The password is in no message. Threads: any; blocks.
Result<HttpsAnswer> exchange(const HttpsRequest& request);

/// A date as HTTP writes it (RFC 9110, section 5.6.7), since 1970, for WallTime ends in 2262; none if it is none.
[[nodiscard]] std::optional<std::chrono::seconds> parse_http_date(const std::string& date);

}  // namespace muster::est

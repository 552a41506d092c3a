// SPDX-License-Identifier: Apache-2.0
// The bundled broker's admin API: JSON over HTTP, on a UNIX socket or on TCP with a token.
#pragma once

#include <muster/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct curl_slist;

namespace muster::cli::engines {

/// Threads: one at a time. Every call blocks for one request, at most 30 s.
class AdminClient {
public:
    /// `where` is `unix:PATH`, or `http://ADDRESS:PORT` with MUSTER_ADMIN_TOKEN_FILE in the environment. Fails with
    /// Code::invalid_argument for anything else, and for an empty text (naming --admin and MUSTER_ADMIN); for the token's file as
    /// base::load_secret_file.
    static Result<AdminClient> connect_to(const std::string& where);

    /// Sends a request and returns the answer's JSON; the broker's error answers come back as the Error they describe.
    /// Fails with Code::unreachable if no broker listens at the socket, Code::corrupt if the answer is not its API's.
    Result<nlohmann::json> call(const std::string& method, const std::string& path, const nlohmann::json* body = nullptr) const;

    enum class Next : std::uint8_t { more, enough };
    using OnEvent = std::function<Next(const nlohmann::json& event)>;
    /// Reads an event stream until `on_event` has enough or `is_stopped`, which is asked about once a second, says so.
    /// Fails as `call`, and with Code::unreachable if the broker ends the stream.
    Result<void> follow(const std::string& path, const OnEvent& on_event, const std::function<bool()>& is_stopped) const;

    /// Makes the broker go away: listeners closed and connections cut.
    Result<void> begin_outage(std::chrono::milliseconds duration) const;

private:
    AdminClient(std::string socket, std::string url, std::string token)
        : socket_(std::move(socket)), url_(std::move(url)), token_(std::move(token)) {}
    struct Request {
        std::unique_ptr<void, void (*)(void*)> curl;  // A CURL.
        std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers;
    };
    [[nodiscard]] Request prepare(const std::string& path) const;
    [[nodiscard]] Error no_broker(const char* why) const;
    [[nodiscard]] static Error error_in(const std::string& answer, long status);
    [[nodiscard]] const std::string& place() const { return socket_.empty() ? url_ : socket_; }

    std::string socket_;  // Empty: over TCP.
    std::string url_;
    std::string token_;
};

/// One path segment with everything but unreserved characters percent-encoded (RFC 3986, section 2.1).
[[nodiscard]] std::string percent_encode(const std::string& segment);

}  // namespace muster::cli::engines

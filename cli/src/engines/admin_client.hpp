// SPDX-License-Identifier: Apache-2.0
// The bundled broker's admin API: JSON over HTTP, on a UNIX socket or on TCP with a token.
#pragma once

#include <muster/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

struct curl_slist;

namespace muster::cli {
class Trace;
}

namespace muster::cli::engines {

/// Threads: one at a time. Every call blocks for one request, at most 30 s unless give_up_after() says otherwise.
class AdminClient {
public:
    /// `where` is `unix:PATH`, or `http://ADDRESS:PORT` with MUSTER_ADMIN_TOKEN_FILE in the environment. Fails with
    /// Code::invalid_argument for anything else, and for an empty text (naming --admin and MUSTER_ADMIN); for the token's file as
    /// base::load_secret_file.
    /// `trace`, if there is one, must live as long.
    static Result<AdminClient> connect_to(const std::string& where, Trace* trace = nullptr);

    void give_up_after(std::chrono::milliseconds limit) { limit_ = limit; }

    /// Sends a request and returns the answer's JSON; the broker's error answers come back as the Error they describe.
    /// Fails with Code::unreachable if no broker listens at the socket, Code::corrupt if the answer is not its API's.
    Result<nlohmann::json> call(const std::string& method, const std::string& path, const nlohmann::json* body = nullptr) const;

    enum class Next : std::uint8_t { more, enough };
    using OnEvent = std::function<Next(const nlohmann::json& event)>;
    /// Reads an event stream until `on_event` has enough or `is_stopped`, which is asked about once a second, says so.
    /// Fails as `call`, and with Code::unreachable if the broker ends the stream.
    Result<void> follow(const std::string& path, const OnEvent& on_event, const std::function<bool()>& is_stopped) const;

    /// What the last answer that was no success had as Retry-After, in seconds.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

    /// Makes the broker go away: listeners closed and connections cut.
    Result<void> begin_outage(std::chrono::milliseconds duration) const;

private:
    AdminClient(std::string socket, std::string url, std::string token, Trace* trace)
        : socket_(std::move(socket)), url_(std::move(url)), token_(std::move(token)), trace_(trace) {}
    void tell_sent(const std::string& method, const std::string& path, const nlohmann::json* body) const;
    void tell_received(long status, const std::string& answer) const;
    struct Request {
        std::unique_ptr<void, void (*)(void*)> curl;  // A CURL.
        std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers;
    };
    [[nodiscard]] Request prepare(const std::string& path) const;
    [[nodiscard]] Error no_broker(const char* why) const;
    [[nodiscard]] static Error error_of(const std::string& answer, long status);
    [[nodiscard]] const std::string& place() const { return socket_.empty() ? url_ : socket_; }

    std::string socket_;  // Empty: over TCP.
    std::string url_;
    std::string token_;
    std::chrono::milliseconds limit_{30'000};
    mutable std::optional<std::chrono::seconds> retry_after_;
    Trace* trace_;  // None: nobody is told.
};

/// The error that an answer, or an entry of one, has as its `error`.
[[nodiscard]] Error error_in(const nlohmann::json& answer);

/// One path segment with everything but unreserved characters percent-encoded (RFC 3986, section 2.1).
[[nodiscard]] std::string percent_encode(const std::string& segment);

}  // namespace muster::cli::engines

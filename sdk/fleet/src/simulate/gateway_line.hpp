// SPDX-License-Identifier: Apache-2.0
// One connection of a simulated device through the gateway: bytes both ways, in bounded memory.
#pragma once

#include "load/stream.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace muster::fleet {

/// What a device asks a proxy for.
struct TunnelRequest {
    std::string host;
    std::uint16_t port = 0;
    std::size_t bytes = 0;  ///< So long was the request.
};

/// Reads a CONNECT (RFC 9110, section 9.3.6) at the front of `bytes`. None: it is not whole yet. Fails with Code::invalid_argument.
[[nodiscard]] Result<std::optional<TunnelRequest>> read_request(std::string_view bytes);

///     asking -> asked -> dialling -> (tunnelling ->) passing -> closed
///
/// Threads: the gateway's.
class GatewayLine {
public:
    enum class State : std::uint8_t { asking, asked, dialling, tunnelling, passing, closed };

    /// Answers before it is asked, because Paho waits for the answer with all its clients: it lets the device in, or does not. `beyond`,
    /// which lives as long, is the proxy that leads to the broker; without a URL: none.
    GatewayLine(Stream client, std::uint32_t device, bool is_let_in, const MqttProxy& beyond);

    /// Does what can be done without waiting.
    void go_on();
    /// Lets in who has asked.
    void admit();
    void close();

    [[nodiscard]] State state() const { return state_; }
    /// Whose it is.
    [[nodiscard]] std::uint32_t device() const { return device_; }
    /// It will be closed once it has asked.
    [[nodiscard]] bool is_refused() const { return is_refused_; }
    [[nodiscard]] int client_fd() const { return client_.fd(); }
    [[nodiscard]] int server_fd() const { return server_.fd(); }
    /// What epoll is to wait for.
    [[nodiscard]] std::uint32_t client_events() const;
    [[nodiscard]] std::uint32_t server_events() const;
    /// A frozen one passes nothing on, and notices nothing.
    void freeze(bool is_frozen) { is_frozen_ = is_frozen; }

private:
    struct Way {
        std::string bytes;          ///< Read and not written.
        bool is_at_end = false;     ///< The reader's side has ended.
        bool is_shut_down = false;  ///< The writer's side was told.
    };

    void ask();
    void ask_beyond();
    void hear_from_beyond();
    [[nodiscard]] static bool pass(Stream& from, Stream& to, Way& way);

    State state_ = State::asking;
    const std::uint32_t device_;
    const bool is_refused_;
    const MqttProxy& beyond_;
    bool is_frozen_ = false;
    std::optional<TunnelRequest> request_;
    Stream client_;
    Stream server_;
    Way up_;
    Way down_;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// One connection attempt and what becomes of it, on one Paho client.
#pragma once

#include "transport/transport.hpp"

#include <mqtt/async_client.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace muster::transport {

/// Paho's callbacks run on its receive thread with its library lock held: they copy what they need, tell the sink, and return.
/// Threads: the public functions on the transport's thread, the listeners on Paho's; what both touch is under `mutex_`, which is held while
/// the sink is told, so that `link_down` is last. The sink only posts.
class PahoLink {
public:
    /// Makes the client; nothing is sent yet. May throw mqtt::exception.
    PahoLink(LinkId id, const LinkOptions& options, LinkSink& sink);
    ~PahoLink();
    PahoLink(const PahoLink&) = delete;
    PahoLink& operator=(const PahoLink&) = delete;

    void open();
    void subscribe(const std::vector<Subscription>& subscriptions);
    void send(SendId id, const Message& message);
    void close();
    void down(const Error& reason);
    [[nodiscard]] LinkId id() const { return id_; }

private:
    struct ConnectListener;
    struct SubscribeListener;
    struct PublishListener;
    struct DisconnectListener;

    [[nodiscard]] mqtt::connect_options connect_options() const;
    void set_tls();
    void set_callbacks();
    void attempt_failed(int reason_code, int return_code);
    void up(const LinkUp& event);
    void sent(std::uintptr_t context, const Result<void>& outcome);
    void subscribed(const std::vector<Result<void>>& outcomes);

    const LinkId id_;
    const LinkOptions options_;
    const bool tls_;
    LinkSink& sink_;

    std::mutex mutex_;
    bool is_down_ = false;
    std::size_t requested_ = 0;        // Filters in the outstanding subscription request.
    std::uintptr_t next_context_ = 1;  // Paho carries a pointer; a 64-bit id does not fit one everywhere.
    std::map<std::uintptr_t, SendId> sending_;
    std::string tls_error_;  // OpenSSL's first line, if the handshake failed.

    mqtt::ssl_options ssl_;  // Paho calls its error handler through this very object: it must live as long as the client.

    std::unique_ptr<ConnectListener> on_connect_;
    std::unique_ptr<SubscribeListener> on_subscribe_;
    std::unique_ptr<PublishListener> on_publish_;
    std::unique_ptr<DisconnectListener> on_disconnect_;
    mqtt::async_client client_;  // Last: it is destroyed first, and with it the callbacks.
};

}  // namespace muster::transport

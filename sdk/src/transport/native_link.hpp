// SPDX-License-Identifier: Apache-2.0
// One connection attempt and what becomes of it, on a thread and a socket of its own.
#pragma once

#include "base/descriptor.hpp"
#include "base/random.hpp"
#include "transport/native_session.hpp"
#include "transport/native_stream.hpp"
#include "transport/tunnel.hpp"
#include "transport/websocket.hpp"

#include <muster/transport.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace muster::transport {

///     dialling -> (asking a proxy for a tunnel) -> (TLS) -> (WebSocket) -> MQTT -> farewell -> over
///
/// The sink is told with the session's lock held, so that `link_down` is last; not while it is given a message, which may take a while:
/// then this link stands still, and no other. The sink only posts. Threads: the public functions on the transport's thread, `run` on its
/// own.
class NativeLink {
public:
    /// `memory` outlives it, and is nobody else's until `link_down` was told.
    NativeLink(LinkId id, const LinkOptions& options, LinkSink& sink, std::shared_ptr<AddressBook> book, ClientMemory& memory);
    /// Waits for the thread, which does not wait for the network.
    ~NativeLink();
    NativeLink(const NativeLink&) = delete;
    NativeLink& operator=(const NativeLink&) = delete;

    void start();
    void subscribe(const std::vector<Subscription>& subscriptions);
    void unsubscribe(const std::vector<std::string>& filters);
    void send(SendId id, const Message& message);
    /// Says goodbye if it is up, and abandons the attempt otherwise; `link_down` follows, or was told.
    void close();
    /// The same at once: `link_down` was told, and the goodbye is said if the network takes it.
    void end();
    /// The thread has nothing left to do.
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] LinkId id() const { return id_; }

private:
    using Steady = std::chrono::steady_clock;

    void run();
    [[nodiscard]] Result<void> converse();
    [[nodiscard]] Result<void> shake_hands(const base::Endpoint& endpoint);
    [[nodiscard]] Result<void> open_websocket();
    [[nodiscard]] Result<void> greet();
    [[nodiscard]] Result<void> exchange();
    [[nodiscard]] Result<void> wait_for_answer(short events);
    void take_output();
    void flush();
    [[nodiscard]] Result<void> hear();
    [[nodiscard]] Result<void> hear(std::string_view bytes);
    void take_packets(std::string_view& bytes);
    [[nodiscard]] bool is_silent();
    void ping_if_due();
    [[nodiscard]] int patience() const;
    enum class Woken : std::uint8_t { to_look, to_hear, to_stop };
    [[nodiscard]] Woken sleep();
    void say_last_words();
    void farewell();
    void down(const LinkDown& reason);
    [[nodiscard]] std::string& leaving() { return websocket_ ? websocket_->output() : leaving_; }
    template <class Call>
    void with_session(const Call& call);

    const LinkId id_;
    const LinkOptions options_;
    LinkSink& sink_;
    const std::shared_ptr<AddressBook> book_;
    const base::Descriptor stop_;
    const base::Descriptor wake_;

    std::mutex mutex_;
    NativeSession session_;   // Under `mutex_`, as the next two.
    std::string out_;         // Packets that the thread has not taken yet.
    bool is_asleep_ = false;  // Who has something for the thread has to wake it.

    // The thread's own.
    base::SystemRandom random_;
    std::optional<base::Endpoint> endpoint_;
    std::optional<NativeStream> stream_;
    std::optional<WebSocketClient> websocket_;  // None: MQTT right over the stream.
    std::string leaving_;
    std::string in_;          // What is no whole packet yet.
    bool is_broken_ = false;  // Nothing can be written any more: what the broker has said last may still be read.
    Steady::time_point deadline_;
    Steady::time_point last_sent_;
    Steady::time_point last_heard_;
    Steady::time_point pinged_;

    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

}  // namespace muster::transport

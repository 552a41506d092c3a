// SPDX-License-Identifier: Apache-2.0
// One connection attempt and what becomes of it, on one Paho client.
#pragma once

#include "base/random.hpp"
#include "transport/paho_keeper.hpp"
#include "transport/relay.hpp"

#include <muster/transport.hpp>

#include <mqtt/async_client.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace muster::transport {

/// Paho's callbacks run on its receive thread with its library lock held: they copy what they need, tell the sink, and return.
/// Threads: the public functions on the transport's thread, the listeners on Paho's; what both touch is under `mutex_`, which is held while
/// the sink is told, so that `link_down` is last; not while it is given a message, which may take a while. The sink only posts.
class PahoLink {
public:
    /// What the links of one device have in common.
    struct Common {
        std::shared_ptr<PahoKeeper> keeper;
        std::shared_ptr<AddressBook> book;
        base::Random& random;
    };
    /// Makes the client; nothing is sent yet. May throw mqtt::exception.
    PahoLink(LinkId id, const LinkOptions& options, LinkSink& sink, const Common& common);
    ~PahoLink();
    PahoLink(const PahoLink&) = delete;
    PahoLink& operator=(const PahoLink&) = delete;

    /// Whether the client is still of use, here and below; if not, `link_down` has been told and the client should be destroyed, so that
    /// what is left of an abandoned attempt does not connect later, unseen.
    enum class After : std::uint8_t { keep, destroy };
    [[nodiscard]] After open();
    [[nodiscard]] After subscribe(const std::vector<Subscription>& subscriptions);
    [[nodiscard]] After unsubscribe(const std::vector<std::string>& filters);
    [[nodiscard]] After send(SendId id, const Message& message);
    [[nodiscard]] After close();
    /// Tells `link_down`, if nobody has.
    void down(const LinkDown& reason);
    void down(const Error& reason) { down(LinkDown(reason)); }
    [[nodiscard]] LinkId id() const { return id_; }

private:
    struct ConnectListener;
    struct SubscribeListener;
    struct PublishListener;
    struct DisconnectListener;

    void set_callbacks();
    void connect(const LinkOptions& options);
    void open_relay(Route route);
    void attempt_failed(const mqtt::token& token);
    void up(const LinkUp& event, bool may_identify);
    void sent(std::uintptr_t context, const Result<void>& outcome);
    void answered(std::size_t index, Result<void> outcome);
    void ask_to_subscribe(const Subscription& subscription, std::size_t index);
    template <class Ask>
    [[nodiscard]] After ask_each(std::size_t count, bool is_removal, const Ask& ask);
    template <class Handle>
    void in_callback(const Handle& handle) noexcept;

    const LinkId id_;
    const LinkOptions options_;
    const bool tls_;
    LinkSink& sink_;
    const Common common_;
    PahoKeeper::Attempt attempt_;  // From Paho's connect until the link is up, or down.

    std::mutex mutex_;
    bool is_down_ = false;
    bool may_identify_ = false;                         // Subscriptions, by numbers.
    bool is_removal_ = false;                           // The outstanding request is to unsubscribe.
    std::vector<std::optional<Result<void>>> answers_;  // To the filters of the outstanding request.
    std::uintptr_t next_context_ = 1;                   // Paho carries a pointer; a 64-bit id does not fit one everywhere.
    std::map<std::uintptr_t, SendId> sending_;

    std::unique_ptr<ConnectListener> on_connect_;
    std::unique_ptr<SubscribeListener> on_subscribe_;
    std::unique_ptr<PublishListener> on_publish_;
    std::unique_ptr<DisconnectListener> on_disconnect_;
    std::unique_ptr<Relay> relay_;  // What the client says when it is destroyed still goes through it.
    mqtt::async_client client_;     // Last: it is destroyed first, and with it the callbacks.
};

}  // namespace muster::transport

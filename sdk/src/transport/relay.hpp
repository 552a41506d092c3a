// SPDX-License-Identifier: Apache-2.0
// The way to an endpoint: all addresses of its host are tried, and Paho is led to the one that answers.
#pragma once

#include "transport/dialler.hpp"
#include "transport/resolver.hpp"
#include "transport/tunnel.hpp"

#include <muster/result.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace muster::transport {

/// Paho resolves a name itself, while all its clients wait, and takes one address; and a numeric one instead is what it would look for in
/// the server's certificate. Only the options of a proxy tell it to connect to one place and to expect another. So this is a proxy, for
/// one connection of our own: it resolves, dials, opens a door on loopback, lets in who knows the secret, and passes bytes on.
///
/// A host that is a number goes through it as well, because Paho's writes must not fail: it frees topic and payload of a PUBLISH of QoS 1
/// or 2 twice then, and what has been given that memory in between loses it (seen in processes with 40 devices: packets that the broker
/// calls malformed, devices that wait for ever, crashes). A write to the relay does not fail.
///
///     asking -> dialling -> (asking a proxy for a tunnel) -> waiting at the door -> passing on -> over
///
/// The answer to Paho's request for a tunnel waits for it at the door, because it blocks for that, too; nothing is passed on for anybody
/// before the secret was seen. TLS goes through from end to end.
/// Threads: all functions any; what is told comes from the relay's own thread.
class Relay {
public:
    struct Listener {
        std::function<void(const std::string& proxy)> open;  ///< An address has answered: connect now, through this proxy.
        std::function<void(const Error&)> failed;            ///< None has; there will be no door.
    };

    /// `silence`: how long what was sent may stay unacknowledged (TCP's user timeout, RFC 5482).
    Relay(Route route, std::chrono::milliseconds silence, std::shared_ptr<AddressBook> book, std::string secret, Listener listener);
    /// Does not wait for the network. What the client said before it was closed is passed on.
    ~Relay();
    void start();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// From its return on the listener is told nothing.
    void cancel();
    /// The server has accepted the connection, so the address is good; otherwise it counts as failed when the relay is destroyed.
    void worked();
    /// The server has ended the connection, and there was no alert of TLS to say why.
    [[nodiscard]] bool is_cut_off() const { return is_cut_off_; }

private:
    void run();
    template <class Call>
    void tell(const Call& call);

    const Route route_;
    const std::chrono::milliseconds silence_;
    const std::shared_ptr<AddressBook> book_;
    const std::string secret_;
    const Listener listener_;
    const base::Descriptor stop_;
    std::mutex telling_;
    bool is_cancelled_ = false;  // Under `telling_`.
    std::atomic<bool> has_worked_{false};
    std::atomic<bool> is_cut_off_{false};
    base::Guarded<std::optional<Address>> address_;
    std::thread thread_;
};

}  // namespace muster::transport

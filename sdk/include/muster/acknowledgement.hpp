// SPDX-License-Identifier: Apache-2.0
// The acknowledgement of one message by hand.
#pragma once

#include <memory>
#include <utility>

namespace muster {

/// Lets a message of QoS 1 or 2 be acknowledged; handed to the handler of Device::subscribe_manual with each message. Copies are the same
/// acknowledgement. It may be kept beyond the handler, and beyond the device.
///
///     [awaited] -- acknowledge --> [given]
///         +-- the patience is over, or the device stops --> [acknowledged early]
///
/// The connection stands still while it is awaited, for at most InboxConfig::acknowledge_within. MQTT has no refusal after which a message
/// would come again: where the last copy is destroyed without an acknowledgement, the message stays unacknowledged for the rest of that
/// time, in which a crash or a lost connection brings it again. Then it is acknowledged early, like one whose acknowledgement comes too
/// late: counted in InboxCounts::acknowledged_early, and logged.
/// Threads: any.
class Acknowledgement {
public:
    class Impl;
    /// Acknowledges nothing: for tests of handlers, and to be assigned to.
    Acknowledgement() = default;
    /// The device makes them.
    explicit Acknowledgement(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

    /// The application has done with the message: it is acknowledged once its other handlers have, too. Returns at once. Without effect the
    /// second time, at QoS 0, and when the message has been acknowledged early, or the device has stopped.
    void acknowledge() const;

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace muster

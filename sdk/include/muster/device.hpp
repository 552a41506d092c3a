// SPDX-License-Identifier: Apache-2.0
// The device: what firmware holds for as long as it runs.
#pragma once

#include <muster/acknowledgement.hpp>
#include <muster/device_config.hpp>
#include <muster/message.hpp>
#include <muster/metrics.hpp>
#include <muster/policy.hpp>
#include <muster/reading.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

struct Hooks;

/// Called for each message of a subscription, in the order of arrival, on the device's callback thread, with no lock held. It may call any
/// function of Device but `stop`. An exception that leaves it is caught and logged.
using MessageHandler = std::function<void(const Message&)>;

/// Called as a MessageHandler is, with what acknowledges the message.
using ManualHandler = std::function<void(const Message&, Acknowledgement)>;

/// What came of a request: the answer, or why there is none. Called once, on the callback thread, under the same rules.
using ResponseHandler = std::function<void(const Result<Message>& response)>;

/// What is answered to a request.
struct Answer {
    std::string payload;
    MessageProperties properties = {};  ///< The correlation data is the request's, whatever stands here.
};

/// Answers a request; called as a MessageHandler is. None: there is no answer. An exception is logged, and there is none.
using RequestHandler = std::function<std::optional<Answer>(const Message& request)>;

/// Called with every change of the connection's state, on the callback thread, under the same rules.
using StateHandler = std::function<void(ConnectionState, const Status&)>;

/// Called with every change of the certificate's state, on the callback thread, under the same rules. `renewing` followed by `valid` is a
/// renewal; the reason of `retrying` and `needs_enrollment` is in `Status::credential`.
using CredentialHandler = std::function<void(CredentialState, const Status&)>;

/// Proof that a message was accepted: it will be delivered, or be counted as dropped with a reason.
struct Receipt {
    /// Grows with every accepted message of this outbox. 0 for a reading that its class's rate or delta holds or leaves out: ReadingCounts
    /// says what became of it.
    std::uint64_t id;
};

/// One device: an outbox on disk, a session that keeps itself connected, and subscriptions that survive reconnects.
///
///     open --> [stopped] -- start --> [connecting] <--> [waiting], [refused], [needs_enrollment]
///                 ^                        |                |
///                 |              [connected], [degraded] ---+
///                 +------ stop ------ [draining]
///
/// `publish` works in every state from `open` to `stop`: it never touches the network.
/// Threads: every member may be called from any thread at any time, except that `stop` and the destructor are called once, by the owner,
/// and not from a handler.
class Device {
public:
    /// Checks the configuration, opens the outbox and loads the identity; does not connect.
    /// Fails with Code::invalid_argument, Code::not_found, Code::unsafe_file, Code::expired (the certificate, unless it can be renewed:
    /// then the server decides whether it still may be), Code::in_use (the outbox, or the identity whose name is the client id, belongs to
    /// another device, in this process or another one), Code::io, Code::no_space.
    static Result<std::unique_ptr<Device>> open(DeviceConfig config);
    /// The same with a clock, randomness or a way to the network of the application's own: see <muster/hooks.hpp>.
    static Result<std::unique_ptr<Device>> open(DeviceConfig config, Hooks hooks);

    /// Stops at once, without draining, if `stop` was not called. What waits in a durable outbox stays there.
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    /// Starts connecting; returns at once. A failure to connect is weather, not an error: it shows in `status` and the state handler.
    /// Fails with Code::stopped after `stop`. Calling it twice does nothing.
    Result<void> start();

    /// Renews the certificate now instead of when it is due; returns at once. What comes of it is told as of any renewal, and tried again
    /// until there is a new one. Before `start` it is noted; while a renewal is under way, or a failed one waits to be tried again, that
    /// one is meant. A certificate that is less than a minute in use is renewed after that minute. Fails with Code::invalid_argument if no
    /// EST server is configured, Code::stopped after `stop`.
    Result<void> renew();

    /// The application knows that there is a network again: a wait for the next attempt is cut short, to a draw from
    /// `backoff.first_attempt`, because the rest of the fleet may have got it back in the same moment. Once a minute at most; a refusal
    /// that retrying cannot mend, and a broker's word when to come back, stand. Returns at once.
    void network_up();

    /// The clock in Hooks was moved on by more than the time that has passed, such as by a test, or by a machine that has slept: what is
    /// due by now is done. Without such a clock there is no need. Returns at once.
    void clock_changed();

    /// Puts a message into the outbox and returns once it is as durable as its class asks. The class is the first of `classes` that matches
    /// the topic. Fails, having stored nothing, with Code::invalid_argument (the topic), Code::too_large, Code::full, Code::no_space,
    /// Code::io, Code::stopped.
    Result<Receipt> publish(std::string_view topic, std::string_view payload);
    /// The same with options for this one message.
    Result<Receipt> publish(std::string_view topic, std::string_view payload, const PublishOptions& options);
    /// The same with properties, which are stored with it. Fails with Code::invalid_argument, Code::too_large for them as well. Such a
    /// message is never part of a batch. A response topic is a topic like the message's own: with a topic root it gets that, too.
    Result<Receipt> publish(std::string_view topic, std::string_view payload, const MessageProperties& properties);
    Result<Receipt> publish(std::string_view topic, std::string_view payload, const MessageProperties& properties,
                            const PublishOptions& options);
    /// The same for a reading, as its class says: how many of them, which values, in which encoding (see TopicClass). A reading that is
    /// sent by itself or in a batch is in the outbox, as durable as its class asks, when this returns. What a rate holds, at most one
    /// reading or one window of each topic, is in memory until its interval is over: a crash loses it, `stop` stores it.
    Result<Receipt> publish(std::string_view topic, const Reading& reading);

    /// Subscribes now, if connected, and again after every reconnect, before anything else is sent. One handler per filter; a second call
    /// replaces it. Fails with Code::invalid_argument (the filter), Code::stopped. A refusal by the broker is reported in `status` and the
    /// log.
    /// A message of QoS 1 or 2 is acknowledged once its handlers have returned (InboxConfig::acknowledge_within): if the process or the
    /// connection ends before, the broker sends it again, provided that it keeps the session (`session_expiry`); over MQTT 3.1.1 at QoS 1
    /// only (docs/reference/messages.md).
    Result<void> subscribe(std::string_view filter, Qos qos, MessageHandler handler);
    /// The same with more than a QoS. `$share/<group>/<filter>` shares what matches with the group's other members (MQTT 5.0, section
    /// 4.8.2); over MQTT 3.1.1 it is refused, because a broker could take it for a topic that nobody publishes to.
    Result<void> subscribe(std::string_view filter, const SubscribeOptions& options, MessageHandler handler);

    /// The same with acknowledgement by hand: a message of QoS 1 or 2 is acknowledged once its handlers have returned, and every handler
    /// that was given an Acknowledgement has acknowledged, on whichever thread. Until then nothing is sent or received on this connection,
    /// nor on those of the process's other devices; the messages behind this one wait with it (before it they could not be acknowledged:
    /// MQTT 5.0, section 4.6). That lasts for at most InboxConfig::acknowledge_within from when the message came, and a third of the
    /// keep-alive, so that pings go on; then it is acknowledged early, as by `stop`. So what leads to the acknowledgement must not wait for
    /// the network (`wait_drained`, an answer); `publish` does not. At QoS 0 there is nothing to acknowledge. Fails as `subscribe` does.
    Result<void> subscribe_manual(std::string_view filter, const SubscribeOptions& options, ManualHandler handler);

    /// Ends a subscription, here and with the broker; also from a handler, even its own. No call of its handler begins once this has
    /// returned; one that has begun may go on. Fails with Code::not_found (there is none of this filter), Code::stopped.
    Result<void> unsubscribe(std::string_view filter);

    /// Publishes a request with correlation data and a response topic of this device, and calls `handler` with the first answer, or with
    /// Code::timeout, or Code::stopped. The request waits in memory, at QoS 1 and Priority::high, and is dropped when its time is over.
    /// Needs MQTT 5. Fails, and calls nothing, with Code::invalid_argument (the topic, the timeout: 1 ms to 24 h), Code::rejected
    /// (MQTT 3.1.1 is spoken), Code::full (1,000 wait for answers, or the outbox is full), Code::too_large, Code::stopped.
    Result<void> request(std::string_view topic, std::string_view payload, std::chrono::milliseconds timeout, ResponseHandler handler);

    /// Subscribes at QoS 1 and publishes what `handler` returns to the request's response topic, with its correlation data, as that topic's
    /// class says: the answer is in the outbox before the request is acknowledged. To a request without a response topic nothing is
    /// answered. Fails as `subscribe` does.
    Result<void> serve(std::string_view filter, RequestHandler handler);

    /// Sets the one state handler. Set it before `start` to miss nothing.
    void on_state(StateHandler handler);

    /// Sets the one handler of the certificate's state. Set it before `start` to miss nothing.
    void on_credential(CredentialHandler handler);

    /// A consistent snapshot.
    [[nodiscard]] Status status() const;

    /// All that is counted, to be told to a monitoring system (metrics_text). Copies counters; as `status` it may wait for a message that
    /// is being stored, and neither sending nor receiving ever waits for it.
    [[nodiscard]] Metrics metrics() const;

    /// The messages that were set aside last, oldest first: at most 64 and 1 MiB in the outbox's file, as many in memory. They are counted
    /// in `status` and not sent any more. Reads the disk; fails with Code::io. Not to be called after `stop`.
    Result<std::vector<QuarantinedMessage>> quarantined();

    /// Waits until the broker has answered every subscription made so far on the current connection. Blocks; fails with Code::timeout,
    /// Code::denied or Code::rejected (a filter was refused), Code::stopped.
    Result<void> wait_subscribed(std::chrono::milliseconds timeout);

    /// Waits until everything accepted so far has left the outbox, also what a rate still holds; batches that are not full do not wait
    /// meanwhile. Blocks; fails with Code::timeout, Code::stopped.
    Result<void> wait_drained(std::chrono::milliseconds timeout);

    /// Stops: accepts nothing more, stores what a rate holds, sends what waits until the deadline, disconnects properly, closes the outbox.
    /// What is left in a durable outbox is sent by the next process that opens it; the final status says how much that is. With no
    /// connection it does not wait for one longer than the deadline. Blocks for at most the deadline and a second.
    Status stop(std::chrono::milliseconds drain_deadline);

private:
    class Impl;
    explicit Device(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster

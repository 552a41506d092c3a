// SPDX-License-Identifier: Apache-2.0
// The application's functions, and the one thread they run on.
#pragma once

#include "base/guarded.hpp"
#include "base/loop.hpp"
#include "device/filter_tree.hpp"
#include "device/inbox.hpp"

#include <muster/device.hpp>
#include <muster/duplicate_filter.hpp>
#include <muster/log.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace muster::device {

/// Calls user functions in order on a thread of its own, with no lock held, and survives what they throw.
/// Threads: any.
class Handlers {
public:
    explicit Handlers(LogSink log, const InboxConfig& inbox = {});
    void start() { thread_.start(); }
    /// Runs what was posted before and ends the thread.
    void stop() { thread_.stop(); }
    [[nodiscard]] bool is_handler_thread() const { return thread_.is_loop_thread(); }

    /// `identifier` is what the broker was given with the filter; 0: nothing.
    void set_message_handler(const std::string& filter, Handler handler, std::uint32_t identifier = 0);
    /// No call of it begins after this. False if there is none.
    bool remove_message_handler(const std::string& filter);
    void set_state_handler(StateHandler handler);
    void set_credential_handler(CredentialHandler handler);

    /// Posts the message to the handlers it is for: those whose subscriptions it names, or if it names none that is known, all whose
    /// filters match. At QoS 1 and 2 it returns when they have returned and acknowledged what they do by hand, or when the inbox's patience
    /// is over.
    void deliver(Message message, const std::vector<std::uint32_t>& subscriptions = {});
    /// Of the connection: it must not be waited for so long that the broker gives it up.
    void set_keep_alive(std::chrono::seconds keep_alive) { inbox_->set_patience(std::chrono::milliseconds(keep_alive) / 3); }
    /// Nobody waits for handlers any more.
    void release() { inbox_->release(); }
    [[nodiscard]] InboxCounts counts() const { return inbox_->counts(); }
    /// Calls it on the handlers' thread, in its turn.
    void post(std::function<void()> call);
    void report(ConnectionState state, Status status);
    void report(CredentialState state, Status status);
    /// Logs at once, on the calling thread; one line at a time.
    void log(LogLevel level, const std::string& line);

private:
    struct Known {
        FilterTree messages;
        std::shared_ptr<const StateHandler> state;
        std::shared_ptr<const CredentialHandler> credential;
    };
    using Subscribers = std::vector<std::shared_ptr<Subscriber>>;
    [[nodiscard]] Subscribers subscribers_of(const Message& message, const std::vector<std::uint32_t>& subscriptions) const;
    /// On the handlers' thread. By its id, if it has one.
    [[nodiscard]] bool has_come_before(const Message& message, const std::vector<std::uint32_t>& subscriptions);
    [[nodiscard]] Inbox::Outcome handle(const Inbox::Entry& entry, Message message, const std::vector<std::uint32_t>& subscriptions);
    void call(const Handler& handler, const Inbox::Entry& entry, const Message& message);
    void log_early(Inbox::WaitEnd why, const std::string& topic);
    template <class Call>
    void guard(const char* what, Call&& call);

    base::Guarded<LogSink> log_;
    base::Guarded<Known> known_;
    const InboxConfig config_;
    const std::shared_ptr<Inbox> inbox_;  // Shared with acknowledgements by hand.
    DuplicateFilter known_ids_;           // Handlers' thread only.
    base::Loop thread_;                   // Last: it stops before what its tasks use goes.
};

}  // namespace muster::device

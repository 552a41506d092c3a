// SPDX-License-Identifier: Apache-2.0
// The application's functions, and the one thread they run on.
#pragma once

#include "base/guarded.hpp"
#include "base/loop.hpp"

#include <muster/device.hpp>
#include <muster/log.hpp>

#include <map>
#include <memory>
#include <string>

namespace muster::device {

/// Calls user functions in order on a thread of its own, with no lock held, and survives what they throw.
/// Threads: any.
class Handlers {
public:
    explicit Handlers(LogSink log);
    void start() { thread_.start(); }
    /// Runs what was posted before and ends the thread.
    void stop() { thread_.stop(); }
    [[nodiscard]] bool is_handler_thread() const { return thread_.is_loop_thread(); }

    void set_message_handler(const std::string& filter, MessageHandler handler);
    void set_state_handler(StateHandler handler);
    void set_credential_handler(CredentialHandler handler);

    /// Posts the message to every handler whose filter matches.
    void deliver(Message message);
    void report(ConnectionState state, Status status);
    void report(CredentialState state, Status status);
    /// Logs at once, on the calling thread; one line at a time.
    void log(LogLevel level, const std::string& line);

private:
    struct Known {
        std::map<std::string, std::shared_ptr<const MessageHandler>> messages;
        std::shared_ptr<const StateHandler> state;
        std::shared_ptr<const CredentialHandler> credential;
    };
    template <class Call>
    void guard(const char* what, Call&& call);

    base::Guarded<LogSink> log_;
    base::Guarded<Known> known_;
    base::Loop thread_;  // Last: it stops before what its tasks use goes.
};

}  // namespace muster::device

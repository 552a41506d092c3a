// SPDX-License-Identifier: Apache-2.0
// Questions and answers over one MQTT connection, for a caller that waits.
#pragma once

#include "base/clock.hpp"

#include <muster/transport.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace muster::provision {

/// Every call waits for its outcome, for at most the time-out: then Code::timeout, or why the connection ended.
/// Threads: one for its calls.
class Exchange final : private transport::LinkSink {
public:
    Exchange(std::unique_ptr<transport::Transport> transport, std::chrono::milliseconds timeout);
    ~Exchange() override;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    Result<void> open(const transport::LinkOptions& options);
    /// At QoS 1. Code::denied and the like if the broker refuses one of them.
    Result<void> subscribe(const std::vector<std::string>& topics);
    /// Publishes at QoS 1 and returns the first message that comes to one of the topics.
    Result<Message> ask(const std::string& topic, std::string payload, const std::vector<std::string>& answer_topics);

private:
    void link_up(transport::LinkId link, const transport::LinkUp& up) override;
    void link_down(transport::LinkId link, const transport::LinkDown& down) override;
    void sent(transport::LinkId link, transport::SendId id, const Result<void>& outcome) override;
    void subscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) override;
    void message(transport::LinkId link, transport::Arrival arrival) override;

    template <class Tell>
    void tell(const Tell& tell);
    /// Waits until `is_there()`, with the lock held, or an end.
    template <class IsThere>
    Result<void> wait(const std::string& question, const IsThere& is_there);
    [[nodiscard]] std::optional<Message> take_answer(const std::vector<std::string>& topics);

    const std::chrono::milliseconds timeout_;
    transport::SendId last_sent_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    bool is_up_ = false;
    std::optional<Error> end_;  // Of the connection, or of what was sent.
    std::optional<Result<void>> subscribed_;
    std::deque<Message> messages_;
    std::unique_ptr<transport::Transport> transport_;  // Last, so that it tells nothing any more when the rest goes.
};

}  // namespace muster::provision

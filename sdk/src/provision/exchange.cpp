// SPDX-License-Identifier: Apache-2.0
// Questions and answers over one MQTT connection, for a caller that waits.
#include "provision/exchange.hpp"

#include <algorithm>
#include <utility>

namespace muster::provision {
namespace {

constexpr transport::LinkId the_link = 1;
constexpr std::size_t max_messages = 16;  // More than anybody waits for.

}  // namespace

Exchange::Exchange(std::unique_ptr<transport::Transport> transport, std::chrono::milliseconds timeout)
    : timeout_(timeout), transport_(std::move(transport)) {}

Exchange::~Exchange() = default;

template <class Tell>
void Exchange::tell(const Tell& tell) {
    {
        const std::lock_guard lock(mutex_);
        tell();
    }
    changed_.notify_all();
}

template <class IsThere>
Result<void> Exchange::wait(const std::string& question, const IsThere& is_there) {
    std::unique_lock lock(mutex_);
    const bool is_over = changed_.wait_for(lock, timeout_, [&] { return is_there() || end_; });
    if (!is_over) return Error{Code::timeout, "the provisioning service did not answer " + question + " in time"};
    return is_there() ? Result<void>() : Result<void>(*end_);
}

Result<void> Exchange::open(const transport::LinkOptions& options) {
    transport_->open(the_link, options, *this);
    return wait("CONNECT", [this] { return is_up_; });
}

Result<void> Exchange::subscribe(const std::vector<std::string>& topics) {
    std::vector<transport::Subscription> subscriptions;
    subscriptions.reserve(topics.size());
    for (const auto& topic : topics) subscriptions.push_back({topic, Qos::at_least_once});
    transport_->subscribe(the_link, subscriptions);
    if (auto answered = wait("SUBSCRIBE", [this] { return subscribed_.has_value(); }); !answered) return answered;
    const std::lock_guard lock(mutex_);
    return *std::exchange(subscribed_, std::nullopt);
}

Result<Message> Exchange::ask(const std::string& topic, std::string payload, const std::vector<std::string>& answer_topics) {
    transport_->send(the_link, ++last_sent_, {topic, std::move(payload), Qos::at_least_once, false});
    std::optional<Message> answer;
    auto waited = wait(topic, [&] {
        if (!answer) answer = take_answer(answer_topics);
        return answer.has_value();
    });
    if (!waited) return std::move(waited).error();
    return std::move(*answer);
}

std::optional<Message> Exchange::take_answer(const std::vector<std::string>& topics) {
    const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
        return std::find(topics.begin(), topics.end(), message.topic) != topics.end();
    });
    if (found == messages_.end()) return std::nullopt;
    std::optional<Message> taken = std::move(*found);
    messages_.erase(found);
    return taken;
}

void Exchange::link_up(transport::LinkId /*link*/, const transport::LinkUp& /*up*/) {
    tell([this] { is_up_ = true; });
}

void Exchange::link_down(transport::LinkId /*link*/, const transport::LinkDown& down) {
    tell([&] {
        if (!end_) end_ = down.why;
    });
}

void Exchange::sent(transport::LinkId /*link*/, transport::SendId /*id*/, const Result<void>& outcome) {
    if (outcome) return;
    tell([&] {
        if (!end_) end_ = outcome.error();
    });
}

void Exchange::subscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& outcomes) {
    const auto refused = std::find_if(outcomes.begin(), outcomes.end(), [](const Result<void>& outcome) { return !outcome; });
    tell([&] { subscribed_ = refused == outcomes.end() ? Result<void>() : *refused; });
}

void Exchange::message(transport::LinkId /*link*/, transport::Arrival arrival) {
    tell([&] {
        if (messages_.size() < max_messages) messages_.push_back(std::move(arrival.message));
    });
}

}  // namespace muster::provision

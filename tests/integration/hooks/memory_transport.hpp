// SPDX-License-Identifier: Apache-2.0
// A way to the network that is none: a broker in memory which knows one device.
#pragma once

#include <muster/hooks.hpp>
#include <muster/message.hpp>
#include <muster/transport.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

/// Takes what the device sends and hands it back where the device has subscribed to that very topic. It may be told to refuse connections,
/// to leave messages unanswered, and to lose the connection.
/// Threads: any.
class MemoryBroker {
public:
    struct Happened {
        std::vector<transport::LinkOptions> opened;
        std::vector<std::string> order;  ///< `subscribe TOPIC` and `send PAYLOAD`, as they came.
        bool is_destroyed = false;       ///< The transport is.
    };

    [[nodiscard]] std::unique_ptr<transport::Transport> transport();
    void refuse(Error why) {
        const std::lock_guard lock(mutex_);
        refusal_ = std::move(why);
    }
    void leave_unanswered(bool is_silent) {
        const std::lock_guard lock(mutex_);
        is_silent_ = is_silent;
    }
    void lose_connection() {
        const std::lock_guard lock(mutex_);
        end({Code::unreachable, "the cable is out"});
    }
    /// Waits until so many messages were sent; false after 20 s.
    bool wait_for_sent(std::ptrdiff_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
            const auto& order = happened_.order;
            return std::count_if(order.begin(), order.end(), [](const auto& what) { return what.rfind("send ", 0) == 0; }) >= count;
        });
    }
    [[nodiscard]] Happened happened() const {
        const std::lock_guard lock(mutex_);
        return happened_;
    }

private:
    /// What the device calls. A sink may be called while such a call runs.
    class Transport final : public transport::Transport {
    public:
        explicit Transport(MemoryBroker& broker) : broker_(broker) {}
        ~Transport() override { broker_.destroyed(); }
        void open(transport::LinkId link, const transport::LinkOptions& options, transport::LinkSink& sink) override {
            broker_.open(link, options, sink);
        }
        void subscribe(transport::LinkId link, const std::vector<transport::Subscription>& subscriptions) override {
            broker_.subscribe(link, subscriptions);
        }
        void unsubscribe(transport::LinkId link, const std::vector<std::string>& filters) override { broker_.unsubscribe(link, filters); }
        void send(transport::LinkId link, transport::SendId id, const Message& message) override { broker_.send(link, id, message); }
        void close(transport::LinkId link) override { broker_.close(link); }

    private:
        MemoryBroker& broker_;
    };

    void open(transport::LinkId link, const transport::LinkOptions& options, transport::LinkSink& sink) {
        const std::lock_guard lock(mutex_);
        end({Code::stopped, "closed"});
        happened_.opened.push_back(options);
        link_ = link;
        sink_ = &sink;
        if (refusal_) return end(*refusal_);
        sink.link_up(link, {});
    }
    void subscribe(transport::LinkId link, const std::vector<transport::Subscription>& subscriptions) {
        const std::lock_guard lock(mutex_);
        if (link != link_) return;
        for (const auto& subscription : subscriptions) {
            happened_.order.push_back("subscribe " + subscription.filter);
            topics_.push_back(subscription.filter);
        }
        sink_->subscribed(link, std::vector<Result<void>>(subscriptions.size()));
    }
    void unsubscribe(transport::LinkId link, const std::vector<std::string>& filters) {
        const std::lock_guard lock(mutex_);
        if (link != link_) return;
        for (const auto& filter : filters) topics_.erase(std::remove(topics_.begin(), topics_.end(), filter), topics_.end());
        sink_->unsubscribed(link, std::vector<Result<void>>(filters.size()));
    }
    void send(transport::LinkId link, transport::SendId id, const Message& message) {
        const std::lock_guard lock(mutex_);
        if (link != link_) return;
        happened_.order.push_back("send " + message.payload);
        changed_.notify_all();
        if (is_silent_) return;
        sink_->sent(link, id, {});
        for (const auto& topic : topics_) {
            if (topic == message.topic) sink_->message(link, {message, {}});
        }
    }
    void close(transport::LinkId link) {
        const std::lock_guard lock(mutex_);
        if (link == link_) end({Code::stopped, "closed"});
    }
    void destroyed() {
        const std::lock_guard lock(mutex_);
        end({Code::stopped, "closed"});
        happened_.is_destroyed = true;
    }
    // Once for each link that was opened, as its last event.
    void end(const Error& why) {
        topics_.clear();
        if (auto* const sink = std::exchange(sink_, nullptr)) sink->link_down(std::exchange(link_, 0), why);
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Error> refusal_;
    bool is_silent_ = false;
    transport::LinkId link_ = 0;
    transport::LinkSink* sink_ = nullptr;  // None: nothing is open.
    std::vector<std::string> topics_;
    Happened happened_;
};

inline std::unique_ptr<transport::Transport> MemoryBroker::transport() {
    return std::make_unique<Transport>(*this);
}

}  // namespace muster::test

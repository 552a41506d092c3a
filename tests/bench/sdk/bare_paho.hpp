// SPDX-License-Identifier: Apache-2.0
// The least that sends with Paho C++ what must arrive: QoS 1, a window, nothing stored.
#pragma once

#include <muster/transport.hpp>

#include <mqtt/async_client.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace muster::bench {

/// Threads: one.
class BarePaho {
public:
    BarePaho(const std::string& url, unsigned window)
        : window_(window), listener_(*this), client_(url, "paho", mqtt::create_options(MQTTVERSION_5)) {
        auto options = mqtt::connect_options_builder().mqtt_version(MQTTVERSION_5).clean_start().finalize();
        options.set_max_inflight(static_cast<int>(window));
        client_.connect(options)->wait();
    }
    ~BarePaho() { client_.disconnect()->wait(); }
    BarePaho(const BarePaho&) = delete;
    BarePaho& operator=(const BarePaho&) = delete;

    /// Waits for room in the window.
    void publish(const std::string& topic, const std::string& payload) {
        take_room();
        client_.publish(topic, payload.data(), payload.size(), 1, false, nullptr, listener_);
    }
    /// The same with a message id, which is made once for all: packets as the SDK's.
    void publish_with_id(const std::string& topic, const std::string& payload) {
        take_room();
        const auto message = mqtt::make_message(topic, payload.data(), payload.size(), 1, false);
        message->set_properties({{mqtt::property::USER_PROPERTY, transport::message_id_property, "01890a5d-ac96-774b-bcce-b302099a8057"}});
        client_.publish(message, nullptr, listener_);
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return in_flight_ == 0; });
    }

private:
    void take_room() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return in_flight_ < window_; });
        ++in_flight_;
    }

    struct Listener : mqtt::iaction_listener {
        explicit Listener(BarePaho& one) : owner(one) {}
        void on_success(const mqtt::token& /*token*/) override {
            const std::lock_guard lock(owner.mutex_);
            --owner.in_flight_;
            owner.changed_.notify_one();
        }
        void on_failure(const mqtt::token& /*token*/) override { std::terminate(); }
        BarePaho& owner;
    };

    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned in_flight_ = 0;
    const unsigned window_;
    Listener listener_;
    mqtt::async_client client_;
};

}  // namespace muster::bench

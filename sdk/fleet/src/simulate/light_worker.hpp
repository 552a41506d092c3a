// SPDX-License-Identifier: Apache-2.0
// One thread of light devices: it feeds, connects and cuts off its share of them in one epoll loop.
#pragma once

#include "bench/client.hpp"
#include "bench/timers.hpp"
#include "load/tls.hpp"
#include "simulate/feed.hpp"
#include "simulate/light_queue.hpp"
#include "simulate/way.hpp"

#include <muster/fleet/simulate.hpp>

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::fleet {

/// What all light devices of a run share; it outlives them.
struct LightSetup {
    const SimulationPlan& plan;
    std::vector<SimulatedNode> nodes;  ///< At least one.
    MqttProxy proxy;                   ///< To all of them; without a URL: none.
    std::optional<TlsPlan> tls;
    SessionPlan session;
    BenchReturn comeback;
    std::string password;
    std::vector<TopicClass> classes;  ///< By sensor.
    wire::Properties publish;         ///< Of all messages; views of the session's greeting.
    bool are_rivals = false;          ///< They publish nothing, and connect only when they are told to.
    std::uint32_t first_source = 0;   ///< Of LightRole.
    std::uint32_t threads = 1;
};

/// What somebody else tells a worker to do with a device.
struct LightOrder {
    enum class Kind : std::uint8_t { cut, restore, restore_all, appear, leave, begin, end_feeding };
    Kind kind;
    std::uint32_t device = 0;
    bool flag = false;  ///< Of a cut: it is silent. Of an appearance: whoever is thrown out comes back.
};

struct LightTally {
    std::uint64_t connected = 0;
    std::uint64_t published = 0;
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t waiting = 0;
    bool has_ended_feeding = false;
};

/// Device n of the run belongs to worker n modulo their number.
/// Threads: `run` on one of its own; `post`, `stop` and `tally` any; the rest after `run` has returned.
class LightWorker final : private SessionEvents {
public:
    /// Fails with Code::tls if OpenSSL does not take the trust anchors.
    static Result<std::unique_ptr<LightWorker>> make(const LightSetup& setup, std::uint32_t index);
    ~LightWorker();
    LightWorker(const LightWorker&) = delete;
    LightWorker& operator=(const LightWorker&) = delete;

    void run();
    void post(const std::vector<LightOrder>& orders);
    /// Devices say goodbye; the broker's end of their connections is waited for up to so long.
    void stop(std::chrono::milliseconds patience);
    [[nodiscard]] LightTally tally() const;

    struct One {
        One(const LightSetup& setup, std::uint32_t number);

        BenchClient client;
        std::optional<Feed> feed;
        LightQueue queue;
        std::uint64_t published = 0;
        std::uint64_t refused = 0;
        std::uint64_t unsafe = 0;
        std::uint64_t connects = 0;
        std::uint64_t disconnects = 0;
        CodeCounts failed;
        CodeCounts lost;
        std::optional<Error> last_error;
        std::uint32_t resets = 0;
        std::uint32_t silences = 0;
        bool is_wanted = false;  ///< Is to be connected.
        bool comes_back = true;
        bool is_fed = false;
    };
    [[nodiscard]] const One& device(std::uint32_t number) const { return devices_[number / setup_.threads]; }

private:
    LightWorker(const LightSetup& setup, std::uint32_t index);

    void ready() override;
    void received(std::string_view /*payload*/) override {}
    void acknowledged(std::uint64_t sequence, bool is_refused) override;
    void ended(Error why) override { end_ = std::move(why); }

    void take_orders();
    void obey(const LightOrder& order);
    void cut(std::uint32_t slot, bool is_silent);
    void run_timers();
    void arm(std::uint32_t slot);
    void feed(One& one);
    void send_waiting(std::uint32_t slot);
    void start(std::uint32_t slot);
    void stood(std::uint32_t slot);
    void go_on_with_tunnel(std::uint32_t slot);
    void begin_tls(std::uint32_t slot);
    void go_on_with_handshake(std::uint32_t slot);
    void greet(std::uint32_t slot);
    void go_on_with_upgrade(std::uint32_t slot);
    [[nodiscard]] MqttObserver observer_of(const One& one) const;
    void end(std::uint32_t slot, const Error& why);
    void make_websocket(One& one);
    void say_goodbye(One& one);
    void leave();
    [[nodiscard]] const SimulatedNode& node_of(const One& one) const { return setup_.nodes[one.client.node]; }
    void write(std::uint32_t slot);
    void watch(std::uint32_t slot);
    void handle(const epoll_event& event);
    void report();
    [[nodiscard]] base::SteadyTime next_due(const One& one) const;
    template <class Step>
    void step(std::uint32_t slot, Step run);

    const LightSetup& setup_;
    const std::uint32_t index_;
    int epoll_ = -1;
    int wake_ = -1;
    std::unique_ptr<TlsClients> tls_;
    base::SystemRandom random_;
    std::vector<One> devices_;
    std::vector<std::uint32_t> watched_;  // What epoll waits for, by slot.
    Timers timers_;
    std::uint32_t connecting_ = 0;
    std::uint64_t standing_ = 0;
    std::uint32_t current_ = 0;  // Whose step it is.
    std::optional<Error> end_;   // How that step ended its connection.
    base::SteadyTime now_;
    base::SteadyTime started_;
    base::SteadyTime last_report_;
    std::string scratch_;
    bool has_ended_feeding_ = false;
    std::atomic<std::chrono::milliseconds> patience_{};  // Of `leave`.
    std::atomic<bool> is_over_{false};
    mutable std::mutex mutex_;
    std::vector<LightOrder> orders_;  // Under `mutex_`, so the tally.
    LightTally tally_;
};

template <class Step>
void LightWorker::step(std::uint32_t slot, Step run) {
    current_ = slot;
    run();
    if (end_) return end(slot, *std::exchange(end_, std::nullopt));
    if (devices_[slot].client.has_output()) write(slot);
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// One thread of a bench: an epoll loop over its share of the clients.
#pragma once

#include "base/random.hpp"
#include "base/uri.hpp"
#include "bench/client.hpp"
#include "bench/control.hpp"
#include "bench/layout.hpp"
#include "bench/quick_random.hpp"
#include "bench/send_schedule.hpp"
#include "bench/tally.hpp"
#include "bench/timers.hpp"
#include "load/histogram.hpp"
#include "load/tls.hpp"

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::fleet {

/// A node of the broker, as connections find it.
struct BenchTarget {
    base::Endpoint endpoint;
    SocketAddress address;  ///< The node's, or its proxy's.
};

/// What the workers of a run share and do not change; it outlives them.
struct BenchSetup {
    BenchSetup(const BenchPlan& plan_of_it, std::vector<BenchTarget> targets, std::shared_ptr<TlsCredential> shared_identity);

    const BenchPlan& plan;
    Layout layout;
    SessionPlan session;
    std::vector<BenchTarget> nodes;
    std::optional<TlsPlan> tls;  ///< Without the credentials, which go by client.
    bool is_websocket = false;
    std::uint64_t total_messages = 0;
    std::uint32_t threads = 1;
};

/// What a worker has measured, for after it has ended.
struct BenchFindings {
    Histogram tcp;
    Histogram tls_full;
    Histogram tls_resumed;
    Histogram connect;
    Histogram latency;
    std::vector<std::chrono::nanoseconds> recoveries;  ///< Since the cut, in the order of the returns.
    FailureTable failures;
    std::vector<BenchNode> nodes;                      ///< Without their names.
    std::vector<std::optional<Error>> first_failures;  ///< Of each node.
};

/// Client n of a group belongs to worker n modulo their number.
/// Threads: `run` on a thread of its own; `findings` after that has ended.
class BenchWorker final : private SessionEvents {
public:
    /// Fails with Code::tls if OpenSSL does not take the trust anchors.
    static Result<std::unique_ptr<BenchWorker>> make(const BenchSetup& setup, std::uint32_t index, BenchControl& control);
    ~BenchWorker();
    BenchWorker(const BenchWorker&) = delete;
    BenchWorker& operator=(const BenchWorker&) = delete;

    /// Until the control's phase is `stopped`.
    void run();
    [[nodiscard]] const BenchFindings& findings() const { return findings_; }

private:
    BenchWorker(const BenchSetup& setup, std::uint32_t index, BenchControl& control);
    void add_client(const SessionNames& names, std::uint32_t number, bool is_receiver);
    void make_websocket(BenchClient& client);
    [[nodiscard]] MqttObserver observer_of(const BenchClient& client) const;
    /// Within the whole run.
    [[nodiscard]] std::uint32_t number_of(const BenchClient& client) const;
    [[nodiscard]] const BenchTarget& node_of(const BenchClient& client) const { return setup_.nodes[client.node]; }

    void ready() override;
    void received(std::string_view payload) override;
    void acknowledged(std::uint64_t sequence, bool is_refused) override;
    void ended(Error why) override { end_ = std::move(why); }

    void enter(BenchPhase phase);
    void begin_connecting(std::size_t first, std::size_t last);
    void begin_sending();
    void cut_all();
    void plan_returns();
    void start_clients();
    void start(std::uint32_t slot);
    void stood(std::uint32_t slot);
    void go_on_with_tunnel(std::uint32_t slot);
    void begin_tls(std::uint32_t slot);
    void go_on_with_handshake(std::uint32_t slot);
    void go_on_with_upgrade(std::uint32_t slot);
    void greet(std::uint32_t slot);
    void end(std::uint32_t slot, const Error& why);
    /// Of a run with several nodes, to the next one.
    void move_on(BenchClient& client);
    void settle(BenchClient& client);
    void run_timers();
    void arm(std::uint32_t slot);
    void send_due();
    void send_backlog(std::uint32_t slot);
    void flush_written();
    void write(std::uint32_t slot);
    void handle(const epoll_event& event);
    void watch(std::uint32_t slot, bool is_new);
    void record_latency(base::SteadyTime intended);
    void report(bool is_changed);
    void wait_and_handle();
    [[nodiscard]] std::chrono::nanoseconds longest_wait() const;
    /// Whether it sleeps through what comes until its next turn.
    [[nodiscard]] bool takes_turns() const;
    [[nodiscard]] bool is_returning() const { return phase_ >= BenchPhase::returning && phase_ < BenchPhase::stopped; }
    /// Runs a step of a client's state machine, and what it leads to.
    template <class Step>
    void step(std::uint32_t slot, Step run);

    const BenchSetup& setup_;
    const std::uint32_t index_;
    BenchControl& control_;
    int epoll_ = -1;
    std::unique_ptr<TlsClients> tls_;
    base::SystemRandom random_;
    QuickRandom masks_{random_.next()};
    BenchPhase phase_ = BenchPhase::waiting;
    base::SteadyTime phase_start_;
    base::SteadyTime now_;
    base::SteadyTime last_report_;
    std::uint32_t interval_ = 0;

    std::vector<BenchClient> clients_;  // The receivers, then the senders.
    std::size_t receivers_ = 0;
    Timers timers_;
    std::size_t next_to_start_ = 0;
    std::size_t first_to_start_ = 0;
    std::size_t last_to_start_ = 0;
    std::uint32_t connecting_ = 0;
    std::uint32_t current_ = 0;  // Whose step it is.
    std::optional<Error> end_;   // How that step ended its connection.

    std::optional<SendSchedule> schedule_;
    std::chrono::nanoseconds turn_ = least_turn;
    base::SteadyTime measured_from_ = base::SteadyTime::max();
    std::vector<std::uint32_t> to_flush_;
    std::vector<std::uint32_t> flushing_;
    std::string scratch_;
    BenchTally tally_;
    Histogram interval_latency_;
    BenchFindings findings_;
};

template <class Step>
void BenchWorker::step(std::uint32_t slot, Step run) {
    current_ = slot;
    run();
    if (end_) return end(slot, *std::exchange(end_, std::nullopt));
    BenchClient& client = clients_[slot];
    if (!client.has_output() || client.is_to_flush) return;
    client.is_to_flush = true;
    to_flush_.push_back(slot);
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// One thread of the load: an epoll loop over its share of the clients.
#pragma once

#include "load/board.hpp"
#include "load/client.hpp"
#include "load/histogram.hpp"
#include "load/ledger.hpp"
#include "load/plan.hpp"
#include "load/publisher.hpp"
#include "load/schedule.hpp"

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::fleet {

/// Publisher p belongs to worker p modulo their number; all subscribers belong to worker 0, so that one thread counts what arrives.
/// Threads: `run` on a thread of its own; the results after that has ended.
class Worker final : private ClientEvents {
public:
    /// `plan` and `board` live longer than the worker.
    Worker(const Plan& plan, std::uint32_t index, Board& board);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Until the board's phase is `stopped`.
    void run();

    [[nodiscard]] const Histogram& latencies() const { return latencies_; }
    [[nodiscard]] const Histogram& connect_times() const { return connect_times_; }

private:
    void ready(Client& client) override;
    void received(Client& client, std::string_view payload) override;
    void acknowledged(Client& client) override;
    void failed(Client& client, std::string why) override;

    void enter(Phase phase);
    void close_publishers();
    void start_clients();
    void start(Client& client);
    [[nodiscard]] bool may_start() const;
    void send_closed_loop();
    void send_open_loop();
    void write_next(std::uint32_t slot, base::SteadyTime intended);
    void make_sendable(std::uint32_t slot);
    void message_settled(std::uint32_t publisher);
    void give_up_if_stuck();
    void exchange_receipts();
    void wait_and_handle();
    void handle(const epoll_event& event);
    [[nodiscard]] std::chrono::nanoseconds longest_wait() const;
    /// Watches for room to write only while there is something to write.
    void update_interest(Client& client);

    const Plan& plan_;
    const std::uint32_t index_;
    Board& board_;
    Phase phase_ = Phase::waiting;
    int epoll_ = -1;
    std::unique_ptr<TlsClients> tls_;
    base::SteadyTime now_;

    std::vector<Client> clients_;        // Publishers by slot, then the subscribers.
    std::vector<Publisher> publishers_;  // By slot.
    std::vector<bool> watches_writing_;  // By slot.
    std::uint32_t next_to_start_ = 0;
    std::uint32_t last_to_start_ = 0;
    std::uint32_t in_progress_ = 0;

    std::vector<std::uint32_t> sendable_;  // Slots whose window may have room, each once.
    std::vector<std::uint32_t> sending_;
    std::vector<bool> is_sendable_;
    std::optional<OpenSchedule> schedule_;
    std::uint64_t next_write_ = 0;  // Of the whole load's open schedule.
    base::SteadyTime last_movement_;

    std::string scratch_;
    std::string write_buffer_;
    Ledger ledger_;
    Totals totals_;
    std::vector<std::vector<std::uint32_t>> receipts_;  // By worker: publishers whose messages came.
    std::vector<std::uint32_t> collected_;
    Histogram latencies_;
    Histogram connect_times_;
};

}  // namespace muster::fleet

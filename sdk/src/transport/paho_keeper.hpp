// SPDX-License-Identifier: Apache-2.0
// What all links of a process share: Paho's threads, kept alive, and woken while somebody connects.
#pragma once

#include "base/descriptor.hpp"

#include <mqtt/async_client.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

namespace muster::transport {

/// Paho runs one pair of threads for all clients of the process and ends it with the last client, waiting for up to a second; and it
/// looks at a new socket, and again at one that has connected, only when its poll of the others is over: after up to a second each.
/// The keeper is a client that lives on, so that neither a reconnect nor an abandoned attempt costs the former; its connection is one to
/// ourselves, over loopback, on which two bytes end the poll. While attempts are under way they are sent, often at first, then less so.
/// Threads: any.
class PahoKeeper {
public:
    /// The one of the process; made if there is none. Paho's threads are the process's, so this is too. May throw mqtt::exception. Waits
    /// while the last one ends: Paho would end what is made then, too.
    [[nodiscard]] static std::shared_ptr<PahoKeeper> shared();
    PahoKeeper();
    ~PahoKeeper();
    PahoKeeper(const PahoKeeper&) = delete;
    PahoKeeper& operator=(const PahoKeeper&) = delete;

    /// An attempt: under way from `begin` until it is over or destroyed.
    class Attempt {
    public:
        explicit Attempt(std::shared_ptr<PahoKeeper> keeper) : keeper_(std::move(keeper)) {}
        ~Attempt() { over(); }
        Attempt(const Attempt&) = delete;
        Attempt& operator=(const Attempt&) = delete;
        void begin();
        void over();

    private:
        const std::shared_ptr<PahoKeeper> keeper_;
        bool is_under_way_ = false;  // Under the keeper's lock.
    };

private:
    void listen();
    void wake();
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint32_t attempts_ = 0;
    std::chrono::steady_clock::time_point last_begin_;
    bool is_ending_ = false;
    base::Descriptor listener_;  // Until Paho's connection is there; then `peer_`, our end of it.
    base::Descriptor peer_;
    bool is_greeted_ = false;  // Paho has said its CONNECT, and been answered.
    std::thread thread_;
    std::unique_ptr<mqtt::async_client> client_;
};

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// Asks admission about every CONNECT, and lets those wait elsewhere whose password takes long to check.
#pragma once

#include "tenancy/admission.hpp"
#include "wire/decode.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace muster::testbroker::net {

/// Threads: any.
class Judge {
public:
    using OnVerdict = std::function<void(tenancy::Verdict verdict)>;

    Judge(tenancy::Admission& admission, unsigned threads);
    /// Waits for the checks that run; those that wait are dropped.
    ~Judge();
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;

    /// At once, if no password has to be checked.
    [[nodiscard]] std::optional<tenancy::Verdict> judge_now(const wire::Connect& connect, const tenancy::PeerIdentity& peer);
    /// Later, on another thread. `greeting` is the frame of a CONNECT. False: too many wait already.
    [[nodiscard]] bool judge_later(const wire::Frame& greeting, tenancy::PeerIdentity peer, OnVerdict on_verdict);

private:
    struct Case {
        std::string body;
        std::size_t total_size = 0;
        std::uint8_t flags = 0;
        tenancy::PeerIdentity peer;
        OnVerdict on_verdict;
    };
    void work();

    tenancy::Admission& admission_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Case> cases_;    // Guarded by mutex_.
    bool is_stopping_ = false;  // Guarded by mutex_.
    std::vector<std::thread> threads_;
};

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// Passwords that are asked for before every connection, and when the next one is due.
#pragma once

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "base/random.hpp"

#include <muster/device_config.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace muster::device {

/// The configuration's `token`, or one that reads its `password_file`; empty without either.
[[nodiscard]] TokenSource token_source(const DeviceConfig& config);

/// Threads: one, but for the source, which is called on a thread of the keeper's own.
class TokenKeeper {
public:
    /// `random` must outlive it: devices whose tokens were made in one second must not come for the next in one.
    TokenKeeper(TokenSource source, base::Random& random);

    [[nodiscard]] bool is_needed() const { return static_cast<bool>(source_); }
    void start();
    /// Waits for a source that is being asked.
    void stop() { thread_.stop(); }

    using Answer = std::function<void(Result<Token> token)>;
    /// Asks the source, whatever it throws; the answer comes on the keeper's thread.
    void ask(Answer answer);
    /// A connection is being made with this token.
    void used(const Token& token, base::SteadyTime now);
    /// When the connection should be made anew.
    [[nodiscard]] std::optional<base::SteadyTime> due() const { return due_; }
    void forget_due() { due_.reset(); }

private:
    const TokenSource source_;
    base::Random& random_;
    std::optional<base::SteadyTime> due_;
    base::Loop thread_;  // Last: it stops before what its tasks use goes.
};

}  // namespace muster::device

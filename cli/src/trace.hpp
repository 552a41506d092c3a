// SPDX-License-Identifier: Apache-2.0
// --trace: what is sent and what comes back, a line each, with the time since the start, and never a secret.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

namespace muster::cli {

/// What stands for a secret.
inline constexpr std::string_view hidden = "***";

/// Whoever speaks MQTT or HTTP tells it; what it is told must have no secrets any more.
/// Threads: any.
class Trace {
public:
    /// `out` must live as long.
    explicit Trace(std::ostream& out) : out_(out) {}
    /// `0.012 → CONNECT id=press-01 clean=1 ka=60 v5`
    void sent(std::string_view what) { print("→", what); }
    /// `0.015 ← CONNACK 0x00`
    void received(std::string_view what) { print("←", what); }
    /// `0.016 = connected at=mqtts://127.0.0.1:8883 v5 client=press-01`: what became of a connection whose packets nobody sees.
    void noted(std::string_view what) { print("=", what); }

private:
    void print(std::string_view arrow, std::string_view what);

    std::ostream& out_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
};

/// Whether what is called so is a password, a one-time password, a token or a private key.
[[nodiscard]] bool names_secret(std::string_view name);

/// JSON on one line, with passwords, one-time passwords, tokens and private keys hidden wherever they are in it, and long texts cut short.
[[nodiscard]] std::string without_secrets(const nlohmann::json& json);

}  // namespace muster::cli

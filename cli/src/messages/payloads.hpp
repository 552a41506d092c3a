// SPDX-License-Identifier: Apache-2.0
// What pub is to publish, payload by payload.
#pragma once

#include "messages/options.hpp"
#include "proto/message_type.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace muster::cli {

/// Standard input cannot be a message and a password. Fails with Code::invalid_argument.
[[nodiscard]] Result<void> check_input(const PubOptions& options);

/// One payload as often as --repeat says, or each line of standard input as it comes.
class Payloads {
public:
    /// Reads what is one payload as a whole. Fails with Code::not_found, Code::io, Code::too_large, Code::invalid_argument; with --proto
    /// also for what is no JSON of that type.
    static Result<Payloads> open(const PubOptions& options, std::istream& in);

    struct Next {
        std::optional<std::string> payload;
        bool is_over = false;                                     ///< There is none any more; without it and without a payload: wait.
        int wake = -1;                                            ///< What to wait for: a descriptor,
        std::optional<std::chrono::steady_clock::time_point> at;  ///< or a time.
    };
    /// Does not block.
    [[nodiscard]] Result<Next> next();

private:
    explicit Payloads(const PubOptions& options) : options_(options) {}
    [[nodiscard]] Result<Next> next_line();
    [[nodiscard]] Result<Next> line_of(std::string text);

    const PubOptions& options_;
    std::unique_ptr<proto::MessageType> type_;
    std::string whole_;
    std::uint64_t left_ = 0;
    std::chrono::steady_clock::time_point due_;
    std::string read_;  ///< Of standard input.
    std::size_t at_ = 0;
    bool has_ended_ = false;
    std::uint64_t lines_ = 0;
};

}  // namespace muster::cli

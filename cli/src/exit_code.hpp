// SPDX-License-Identifier: Apache-2.0
// The documented exit codes (docs/reference/exit-codes.md), which error ends in which, and what is advised of it.
#pragma once

#include <muster/result.hpp>

#include <string_view>

namespace muster::cli {

enum class Exit : int {
    ok = 0,
    failure = 1,    ///< Anything not below, always with a message.
    not_yet = 1,    ///< A condition does not hold, without a message.
    usage = 2,      ///< Bad flag, command, config or input value.
    unchanged = 3,  ///< There was nothing to do, and that was to be an error.
    denied = 4,     ///< Credentials refused or not authorised.
    not_found = 5,
    conflict = 6,     ///< Exists with other content; client id taken.
    unreachable = 7,  ///< Name resolution, refused connection, server unavailable.
    tls = 8,          ///< Verification, expiry, host name, handshake.
    timeout = 9,
    partial = 10,            ///< A bulk run came to its end, and rows have failed.
    aborted = 11,            ///< A bulk run stopped early, after too many failures; it can be resumed.
    rejected = 12,           ///< The protocol refused: quota, size, topic.
    check_failed = 13,       ///< A check said no.
    no_broker = 16,          ///< A program was to be run beside a broker that did not start.
    not_executable = 126,    ///< A program that was to be run cannot be, as a shell says it.
    no_program = 127,        ///< There is no such program.
    condition_failed = 255,  ///< Whether a condition holds cannot be told. systemd's ExecCondition= passes over 1 to 254.
};

[[nodiscard]] Exit exit_for(Code code) noexcept;
/// What to do about an error that does not say it itself, as docs/reference/errors.md has it. Never empty.
[[nodiscard]] std::string_view usual_hint(Code code) noexcept;

}  // namespace muster::cli

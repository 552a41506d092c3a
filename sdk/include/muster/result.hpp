// SPDX-License-Identifier: Apache-2.0
// How every muster function reports failure: a value or an Error, never an exception.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace muster {

/// What went wrong, for programs to decide on. Each code has one meaning; `docs/reference/errors.md` says what the operator does.
enum class Code : std::uint8_t {
    invalid_argument,  ///< A value from a caller, a config or a command line is not acceptable. Not retriable.
    not_found,         ///< The named file, tenant, device or topic does not exist. Not retriable.
    conflict,          ///< It exists already with other content. Not retriable.
    unsafe_file,       ///< A file or directory that holds secrets can be read or written by others. Not retriable.
    io,                ///< The operating system refused a file or socket operation. Retriable by an operator.
    no_space,          ///< The disk is full. Retriable once there is room.
    corrupt,           ///< Stored or received data is damaged or is not what it claims to be. Not retriable.
    full,              ///< A bound of the outbox is reached and its policy is to refuse. Retriable once it drains.
    too_large,         ///< The topic, payload or packet exceeds a limit. Not retriable.
    in_use,            ///< A port, directory or database belongs to another process. Retriable once it is free.
    unreachable,       ///< Name resolution failed, nothing listens, or the connection was lost. Retriable.
    timeout,           ///< The other side did not answer in time. Retriable.
    tls,               ///< Certificates could not be verified, or the handshake failed. Not retriable without an operator.
    expired,           ///< A certificate or one-time password is past its validity. Not retriable: enroll again.
    denied,            ///< Credentials were refused, or the action is not authorised. Not retriable without an operator.
    unavailable,       ///< The server is busy, shutting down or over quota. Retriable, later.
    taken_over,        ///< Another client connected with the same client id. Retriable, with growing delay.
    rejected,          ///< The peer refused the request for a reason of the protocol. Not retriable as it is.
    stopped,           ///< The device is stopping or stopped. Not retriable.
    internal,          ///< A library failed in a way that should not happen. Report it.
};

/// The code's name as it stands above, for logs and JSON, for example "not_found".
[[nodiscard]] std::string_view name_of(Code code) noexcept;

/// Whether the same call may succeed later without anybody changing anything.
[[nodiscard]] bool is_retriable(Code code) noexcept;

/// Called when a precondition is broken, with the condition and its place. It must not return.
using ContractHandler = void (*)(const char* condition, const char* file, int line);

/// Replaces what happens on a broken precondition (default: print to stderr and abort). Call it before starting threads.
void set_contract_handler(ContractHandler handler) noexcept;

namespace detail {
[[noreturn]] void contract_broken(const char* condition, const char* file, int line) noexcept;
}

/// A broken precondition is a bug in the caller: it stops the process, in every build.
#define MUSTER_REQUIRE(condition) ((condition) ? static_cast<void>(0) : ::muster::detail::contract_broken(#condition, __FILE__, __LINE__))

/// A failure: a code for programs, a sentence for people, and what to do next.
/// The sentence gains its context on the way up: `connect to eu-1: TLS: certificate expired 3 days ago`.
class [[nodiscard]] Error {
public:
    Error(Code code, std::string message, std::string hint = {}) : code_(code), message_(std::move(message)), hint_(std::move(hint)) {}

    [[nodiscard]] Code code() const noexcept { return code_; }
    /// What went wrong, in lower case and without a full stop.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    /// What to do next, as one command or one sentence; may be empty.
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

    /// The same error with `context: ` in front of its sentence.
    [[nodiscard]] Error in(std::string_view context) && {
        message_.insert(0, ": ");
        message_.insert(0, context);
        return std::move(*this);
    }
    [[nodiscard]] Error in(std::string_view context) const& { return Error(*this).in(context); }

private:
    Code code_;
    std::string message_;
    std::string hint_;
};

/// A value or an Error. Ask `ok()` first: taking the one that is not there is a broken precondition.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] T& value() & {
        MUSTER_REQUIRE(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        MUSTER_REQUIRE(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        MUSTER_REQUIRE(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    [[nodiscard]] const Error& error() const& {
        MUSTER_REQUIRE(!ok());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Error&& error() && {
        MUSTER_REQUIRE(!ok());
        return std::move(*std::get_if<1>(&state_));
    }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }

private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }
    [[nodiscard]] const Error& error() const& {
        MUSTER_REQUIRE(!ok());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Error&& error() && {
        MUSTER_REQUIRE(!ok());
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<std::monostate, Error> state_;
};

}  // namespace muster

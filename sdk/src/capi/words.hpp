// SPDX-License-Identifier: Apache-2.0
// Codes, sentences and states as C has them.
#pragma once

#include <muster/muster.h>
#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>

namespace muster::capi {

[[nodiscard]] muster_code code_of(Code code);

/// Cut at a whole character, with its NUL.
void copy_text(std::string_view text, char* buffer, std::size_t size);

/// The outcome as a code; its words go to `error`, if that is not null.
muster_code outcome(const Error& why, muster_error* error);
template <class T>
muster_code outcome(const Result<T>& result, muster_error* error) {
    return result ? MUSTER_OK : outcome(result.error(), error);
}

/// Copies as much of the caller's struct as it says it has; `known` holds the defaults of the rest.
template <class Struct>
[[nodiscard]] Struct adopt(const Struct& given, Struct known) {
    MUSTER_REQUIRE(given.size >= sizeof(std::size_t));
    std::memcpy(&known, &given, given.size < sizeof(Struct) ? given.size : sizeof(Struct));
    return known;
}

[[nodiscard]] PublishOptions options_of(const muster_publish_options& options);

[[nodiscard]] muster_connection_state state_of(ConnectionState state);
[[nodiscard]] muster_credential_state state_of(CredentialState state);
[[nodiscard]] muster_status status_of(const Status& status);

}  // namespace muster::capi

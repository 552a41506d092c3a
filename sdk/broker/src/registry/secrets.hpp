// SPDX-License-Identifier: Apache-2.0
// One-time passwords and application passwords: made, hashed, compared.
#pragma once

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::testbroker::registry {

/// 128 random bits as 26 characters of base32 (RFC 4648, section 6). It has no ':' and so fits behind any device id in HTTP Basic.
Result<std::string> make_one_time_password();

/// SHA-256, 32 bytes. Enough for a one-time password, for which nobody can try 2^128 guesses; never for what a person chose.
[[nodiscard]] std::string hash_one_time_password(std::string_view password);

/// Whether both are the same, in a time that depends on their lengths only.
[[nodiscard]] bool is_same_secret(std::string_view a, std::string_view b);

/// A JWT with many claims has some thousand bytes. In JSON, where each may become six, it still fits into a request to the admin API.
constexpr std::size_t max_password_bytes = 8'192;

/// How hard guessing a password is: scrypt's N as its binary logarithm.
constexpr unsigned default_password_cost = 14;  // 16 MiB with r = 8: some 50 ms, and too much memory for cheap parallel guessing.
constexpr unsigned min_password_cost = 4;
constexpr unsigned max_password_cost = 16;

/// A person's password, hashed with scrypt (RFC 7914). The parameters are stored beside the hash, so that they can grow.
struct PasswordHash {
    std::uint64_t n = 1U << default_password_cost;
    std::uint64_t r = 8;
    std::uint64_t p = 1;
    std::string salt;  ///< 16 random bytes.
    std::string hash;  ///< 32 bytes.
};

/// `cost` is from `min_password_cost` to `max_password_cost`.
Result<PasswordHash> hash_password(std::string_view password, unsigned cost = default_password_cost);
/// Fails with Code::corrupt if the stored parameters are not usable.
Result<bool> matches_password(const PasswordHash& stored, std::string_view password);

/// 32 random bytes for a key that is never stored.
Result<std::string> make_process_key();
/// HMAC-SHA-256 of both, 32 bytes; `salt` is of one length always.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view salt, std::string_view text);

}  // namespace muster::testbroker::registry

// SPDX-License-Identifier: Apache-2.0
// Passwords by OpenSSL.
#include "registry/secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

namespace muster::testbroker::registry {
namespace {

constexpr std::size_t otp_bits = 128;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::uint64_t max_scrypt_memory = 80U << 20U;  // A damaged row must not ask for all memory.

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error no_randomness() {
    return {Code::internal, "the random generator failed"};
}

bool derive(const PasswordHash& parameters, std::string_view password, std::string& hash) {
    return EVP_PBE_scrypt(password.data(), password.size(), bytes_of(std::string_view(parameters.salt)), parameters.salt.size(),
                          parameters.n, parameters.r, parameters.p, max_scrypt_memory, bytes_of(hash), hash.size()) == 1;
}

}  // namespace

Result<std::string> make_one_time_password() {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::array<unsigned char, otp_bits / 8> random{};
    if (RAND_priv_bytes(random.data(), random.size()) != 1) return no_randomness();
    std::string password;
    for (std::size_t bit = 0; bit < otp_bits; bit += 5) {
        // Five bits from the two bytes they lie in; the last character has three bits and two zeros.
        const unsigned high = random.at(bit / 8);
        const unsigned low = bit / 8 + 1 < random.size() ? random.at(bit / 8 + 1) : 0U;
        password += alphabet[(((high << 8U) | low) >> (11U - bit % 8)) & 31U];
    }
    OPENSSL_cleanse(random.data(), random.size());
    return password;
}

std::string hash_one_time_password(std::string_view password) {
    std::string digest(hash_bytes, '\0');
    EVP_Digest(password.data(), password.size(), bytes_of(digest), nullptr, EVP_sha256(), nullptr);
    return digest;
}

bool is_same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<PasswordHash> hash_password(std::string_view password, unsigned cost) {
    PasswordHash made;
    made.n = std::uint64_t{1} << cost;
    made.salt.resize(salt_bytes);
    made.hash.resize(hash_bytes);
    if (RAND_bytes(bytes_of(made.salt), static_cast<int>(made.salt.size())) != 1) return no_randomness();
    if (!derive(made, password, made.hash)) return Error{Code::internal, "the password could not be hashed"};
    return made;
}

Result<bool> matches_password(const PasswordHash& stored, std::string_view password) {
    std::string hash(hash_bytes, '\0');
    if (!derive(stored, password, hash)) return Error{Code::corrupt, "a stored password has parameters that cannot be used"};
    return is_same_secret(hash, stored.hash);
}

Result<std::string> make_process_key() {
    std::string key(hash_bytes, '\0');
    if (RAND_priv_bytes(bytes_of(key), static_cast<int>(key.size())) != 1) return no_randomness();
    return key;
}

std::string keyed_hash(std::string_view key, std::string_view salt, std::string_view text) {
    std::string message(salt);
    message += text;
    std::string digest(hash_bytes, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(std::string_view(message)), message.size(), bytes_of(digest),
         nullptr);
    OPENSSL_cleanse(message.data(), message.size());
    return digest;
}

}  // namespace muster::testbroker::registry

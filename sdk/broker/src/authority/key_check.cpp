// SPDX-License-Identifier: Apache-2.0
// Which public keys are good enough.
#include "authority/key_check.hpp"

#include "authority/openssl.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <array>
#include <string_view>

namespace muster::testbroker::authority {
namespace {

constexpr int min_rsa_bits = 2'048;
constexpr int max_rsa_bits = 8'192;  // Checking a signature by a longer one costs more than a stranger should be able to ask for.

Result<void> check_curve(const EVP_PKEY& key, const std::string& whose) {
    std::array<char, 64> name{};
    int is_explicit = 0;
    EVP_PKEY_get_int_param(&key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
    EVP_PKEY_get_group_name(&key, name.data(), name.size(), nullptr);
    const std::string_view curve = name.data();
    // RFC 5480, section 2.1.1: curves are named, never spelled out.
    if (is_explicit == 0 && (curve == "prime256v1" || curve == "secp384r1")) return {};
    return refuse(whose + " key is on a curve that is not accepted", "use P-256 or P-384");
}

// ROCA (CVE-2017-15361): Infineon's library made primes whose product is a power of 65537 modulo every one of these. A sound key is so
// once in 2^27 times or less.
bool has_roca_fingerprint(const BIGNUM& modulus) {
    constexpr std::array<BN_ULONG, 38> primes{3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
                                              73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    constexpr BN_ULONG generator = 65'537;
    for (const auto prime : primes) {
        const BN_ULONG remainder = BN_mod_word(&modulus, prime);
        BN_ULONG power = 1;
        do power = power * generator % prime;
        while (power != remainder && power != 1);
        if (power != remainder) return false;
    }
    return true;
}

Result<void> check_rsa(const EVP_PKEY& key, const std::string& whose) {
    const int bits = EVP_PKEY_get_bits(&key);
    if (bits < min_rsa_bits) return refuse(whose + " RSA key has " + std::to_string(bits) + " bits, less than 2048", "use P-256");
    if (bits > max_rsa_bits) return refuse(whose + " RSA key has " + std::to_string(bits) + " bits, more than 8192", "use P-256");
    BIGNUM* modulus = nullptr;
    const bool has_modulus = EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1;
    const bool is_roca = has_modulus && has_roca_fingerprint(*modulus);
    BN_free(modulus);
    if (is_roca) return refuse(whose + " RSA key can be factored (ROCA, CVE-2017-15361)", "make a key with another library or token");
    BIGNUM* exponent = nullptr;
    const bool read = EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    // 65537 and above: FIPS 186-4, appendix B.3.1. With an exponent of 1, anybody can sign.
    const bool is_strong = read && BN_num_bits(exponent) >= 17 && BN_is_odd(exponent) == 1;
    BN_free(exponent);
    if (!is_strong) return refuse(whose + " RSA key has a weak public exponent", "use 65537");
    return {};
}

}  // namespace

Result<void> check_key(const EVP_PKEY& key, const std::string& whose) {
    switch (EVP_PKEY_get_base_id(&key)) {
        case EVP_PKEY_EC:
            return check_curve(key, whose);
        case EVP_PKEY_RSA:
            return check_rsa(key, whose);
        case EVP_PKEY_ED25519:
            return {};
        default:
            return refuse(whose + " key is of a type that is not accepted", "use P-256, P-384, Ed25519 or RSA of 2048 bits or more");
    }
}

}  // namespace muster::testbroker::authority

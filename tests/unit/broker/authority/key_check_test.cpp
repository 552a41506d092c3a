// SPDX-License-Identifier: Apache-2.0
#include "authority/key_check.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <memory>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

// A public RSA key with this modulus; nobody needs its private half.
test::KeyHandle key_with(BIGNUM& modulus) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> exponent(BN_new(), &BN_free);
    BN_set_word(exponent.get(), 65'537);
    OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, &modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent.get());
    OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context);
    REQUIRE(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return {key, &EVP_PKEY_free};
}

}  // namespace

TEST_CASE("a key that Infineon's library made so that it can be factored is refused") {
    // 65537 to the 128th is a power of 65537 modulo every prime, and has 2049 bits; two more is none modulo some.
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(BN_new(), &BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> generator(BN_new(), &BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> exponent(BN_new(), &BN_free);
    const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
    BN_set_word(generator.get(), 65'537);
    BN_set_word(exponent.get(), 128);
    REQUIRE(BN_exp(modulus.get(), generator.get(), exponent.get(), context.get()) == 1);
    const auto refused = check_key(*key_with(*modulus), "the request's");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message().find("CVE-2017-15361") != std::string::npos);
    BN_add_word(modulus.get(), 2);
    CHECK(check_key(*key_with(*modulus), "the request's").ok());
}

TEST_CASE("keys of sound libraries are accepted") {
    for (const char* type : {"P-256", "P-384", "RSA", "ED25519"}) CHECK(check_key(*test::mint_key(type), "its").ok());
    for (const char* type : {"RSA-1024", "P-521", "X25519", "ED448"}) CHECK_FALSE(check_key(*test::mint_key(type), "its").ok());
}

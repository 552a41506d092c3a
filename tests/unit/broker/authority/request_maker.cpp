// SPDX-License-Identifier: Apache-2.0
// PKCS#10 requests of every kind.
#include "request_maker.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace muster::test {
namespace {

void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::runtime_error(std::string("the test cannot make ") + what);
}

void ask_for_ca(X509_REQ& request) {
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    X509V3_CTX context{};
    X509V3_set_ctx(&context, nullptr, nullptr, &request, nullptr, 0);
    for (const auto& [nid, value] : {std::pair(NID_basic_constraints, "critical,CA:TRUE"), std::pair(NID_key_usage, "critical,keyCertSign"),
                                     std::pair(NID_subject_alt_name, "DNS:evil.example")})
        sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    require(X509_REQ_add_extensions(&request, extensions) == 1, "extensions");
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

KeyHandle generate(EVP_PKEY_CTX* raw_context, bool configured) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(raw_context, &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    require(configured && EVP_PKEY_keygen(context.get(), &key) == 1, "a key");
    return {key, &EVP_PKEY_free};
}

}  // namespace

std::string make_request(const RequestSpec& spec) {
    const KeyHandle key = spec.key ? spec.key : mint_key();
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), &X509_REQ_free);
    X509_NAME* subject = X509_REQ_get_subject_name(request.get());
    const auto add = [&](int nid, const std::string& text) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        require(X509_NAME_add_entry_by_NID(subject, nid, spec.name_type, bytes, static_cast<int>(text.size()), -1, 0) == 1, "a subject");
    };
    if (!spec.organization.empty()) add(NID_organizationName, spec.organization);
    for (const auto& name : spec.common_names) add(NID_commonName, name);
    if (spec.asks_for_ca) ask_for_ca(*request);
    const KeyHandle signing_key = spec.signing_key ? spec.signing_key : key;
    const EVP_MD* digest = EVP_PKEY_get_base_id(signing_key.get()) == EVP_PKEY_ED25519 ? nullptr : EVP_get_digestbyname(spec.digest);
    require(X509_REQ_set_pubkey(request.get(), key.get()) == 1 && X509_REQ_sign(request.get(), signing_key.get(), digest) > 0, "a request");
    unsigned char* data = nullptr;
    const int size = i2d_X509_REQ(request.get(), &data);
    std::string der(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    OPENSSL_free(data);
    return der;
}

KeyHandle make_rsa_key(unsigned bits, unsigned exponent) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    BIGNUM* number = BN_new();
    BN_set_word(number, exponent);
    const bool configured = EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits)) == 1 &&
                            EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, number) == 1;
    BN_free(number);
    return generate(context, configured);
}

KeyHandle make_rsa_public_key(unsigned bits, unsigned exponent) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(BN_new(), &BN_free);
    require(BN_rand(modulus.get(), static_cast<int>(bits), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1, "a modulus");
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_uint(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent);
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> numbers(OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr),
                                                                              &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()) == 1 && EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, numbers.get()) == 1,
            "an RSA public key");
    return {key, &EVP_PKEY_free};
}

KeyHandle make_ec_key(const char* curve, bool is_explicit) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    const bool configured = EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_group_name(context, curve) == 1 &&
                            EVP_PKEY_CTX_set_ec_param_enc(context, is_explicit ? OPENSSL_EC_EXPLICIT_CURVE : OPENSSL_EC_NAMED_CURVE) == 1;
    return generate(context, configured);
}

CommandResult run_command(const std::string& command) {
    CommandResult result;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    require(pipe != nullptr, "a process");
    std::array<char, 4'096> buffer{};
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) result.output.append(buffer.data(), count);
    result.status = ::pclose(pipe);
    return result;
}

}  // namespace muster::test

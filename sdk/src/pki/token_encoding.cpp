// SPDX-License-Identifier: Apache-2.0
// What PKCS#11 and OpenSSL write differently: keys, and what is signed.
#include "pki/token_encoding.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>

namespace muster::pki {

namespace {

// d2i_KeyParams makes a key of OpenSSL's older kind, which EVP_PKEY_get_params tells nothing of, not even its size.
Result<Key> as_provided(EVP_PKEY& key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(&key, &der);
    const unsigned char* begin = der;
    Key provided(size > 0 ? d2i_PUBKEY(nullptr, &begin, size) : nullptr);
    OPENSSL_free(der);
    if (!provided) return openssl_error("the public key in the token is not usable", Code::corrupt);
    return provided;
}

}  // namespace

Result<Key> ec_key(const std::string& parameters, const std::string& point) {
    const auto* der = reinterpret_cast<const unsigned char*>(parameters.data());
    Key key(d2i_KeyParams(EVP_PKEY_EC, nullptr, &der, static_cast<long>(parameters.size())));
    const auto* wrapped = reinterpret_cast<const unsigned char*>(point.data());
    ASN1_OCTET_STRING* bytes = d2i_ASN1_OCTET_STRING(nullptr, &wrapped, static_cast<long>(point.size()));
    const bool is_set =
        key && bytes != nullptr &&
        EVP_PKEY_set1_encoded_public_key(key.get(), ASN1_STRING_get0_data(bytes), static_cast<std::size_t>(ASN1_STRING_length(bytes))) == 1;
    ASN1_OCTET_STRING_free(bytes);
    if (!is_set) return openssl_error("the public key in the token is not usable", Code::corrupt);
    return as_provided(*key);
}

Result<Key> rsa_key(const std::string& modulus, const std::string& exponent) {
    const auto number = [](const std::string& bytes) {
        return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
    };
    BIGNUM* n = number(modulus);
    BIGNUM* e = number(exponent);
    OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM* params = nullptr;
    if (OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(builder);
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", "provider=default"));
    EVP_PKEY* made = nullptr;
    const bool is_made = context && params != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params) == 1;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    if (!is_made) return openssl_error("the public key in the token is not usable", Code::corrupt);
    return Key(made);
}

std::string digest_info(std::string_view hash, const EVP_MD& digest) {
    const std::unique_ptr<X509_SIG, Freed<&X509_SIG_free>> info(X509_SIG_new());
    X509_ALGOR* algorithm = nullptr;
    ASN1_OCTET_STRING* value = nullptr;
    X509_SIG_getm(info.get(), &algorithm, &value);
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(&digest)), V_ASN1_NULL, nullptr);
    ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(hash.data()), static_cast<int>(hash.size()));
    unsigned char* der = nullptr;
    const int size = i2d_X509_SIG(info.get(), &der);
    std::string bytes(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(der);
    return bytes;
}

Result<std::string> ecdsa_der(const std::string& numbers) {
    const auto* data = reinterpret_cast<const unsigned char*>(numbers.data());
    const auto half = static_cast<int>(numbers.size() / 2);
    const std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>> signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(data, half, nullptr), BN_bin2bn(data + half, half, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    std::string encoded(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(der);
    if (encoded.empty()) return openssl_error("cannot encode the token's signature");
    return encoded;
}

}  // namespace muster::pki

// SPDX-License-Identifier: Apache-2.0
// Signatures of the provider "muster": hashed here, signed in the token.
#include "pki/token_keymgmt.hpp"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace muster::pki::provider {
namespace {

using Digest = std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>>;

/// One signature under way. The key is borrowed: OpenSSL keeps it for as long.
struct Signing {
    TokenKey* key = nullptr;
    Scheme scheme = Scheme::ecdsa;
    Digest digest;
    DigestContext hashing;
};

Signing& signing_of(void* context) {
    return *static_cast<Signing*>(context);
}

void* make(void* /*provider*/, const char* /*properties*/) {
    return new Signing;  // OpenSSL owns it, and gives it back to release().
}

void release(void* context) {
    delete static_cast<Signing*>(context);
}

// OpenSSL ends a copy, so that hashing can go on.
void* duplicate(void* context) {
    const Signing& from = signing_of(context);
    auto copy = std::make_unique<Signing>();
    copy->key = from.key;
    copy->scheme = from.scheme;
    if (from.digest && EVP_MD_up_ref(from.digest.get()) == 1) copy->digest.reset(from.digest.get());
    if (from.hashing) {
        copy->hashing.reset(EVP_MD_CTX_new());
        if (EVP_MD_CTX_copy_ex(copy->hashing.get(), from.hashing.get()) != 1) return nullptr;
    }
    return copy.release();
}

// A number or its name, as OpenSSL has it for both of RSA's parameters.
bool is_value(const OSSL_PARAM& param, int number, const char* name) {
    int value = 0;
    if (param.data_type == OSSL_PARAM_INTEGER) return OSSL_PARAM_get_int(&param, &value) == 1 && value == number;
    const char* text = nullptr;
    return OSSL_PARAM_get_utf8_string_ptr(&param, &text) == 1 && std::string_view(text) == name;
}

bool set_padding(Signing& signing, const OSSL_PARAM params[]) {
    const bool is_rsa = signing.scheme != Scheme::ecdsa;
    const OSSL_PARAM* mode = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    if (mode != nullptr && is_rsa && is_value(*mode, RSA_PKCS1_PADDING, OSSL_PKEY_RSA_PAD_MODE_PKCSV15)) {
        signing.scheme = Scheme::rsa_pkcs1;
    } else if (mode != nullptr && is_rsa && is_value(*mode, RSA_PKCS1_PSS_PADDING, OSSL_PKEY_RSA_PAD_MODE_PSS)) {
        signing.scheme = Scheme::rsa_pss;
    } else if (mode != nullptr) {
        return false;
    }
    const OSSL_PARAM* salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
    return salt == nullptr || is_value(*salt, RSA_PSS_SALTLEN_DIGEST, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST);
}

int set_params(void* context, const OSSL_PARAM params[]) {
    if (params == nullptr) return 1;
    if (!set_padding(signing_of(context), params)) return 0;
    const OSSL_PARAM* name = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    if (name == nullptr) return 1;
    const char* text = nullptr;
    if (OSSL_PARAM_get_utf8_string_ptr(name, &text) != 1) return 0;
    signing_of(context).digest.reset(EVP_MD_fetch(nullptr, text, nullptr));
    return signing_of(context).digest ? 1 : 0;
}

int begin(void* context, void* key, const OSSL_PARAM params[]) {
    Signing& signing = signing_of(context);
    if (key != nullptr) signing.key = static_cast<KeyData*>(key)->token.get();
    if (signing.key == nullptr) return 0;
    signing.scheme = EVP_PKEY_is_a(&signing.key->public_key(), "RSA") == 1 ? Scheme::rsa_pkcs1 : Scheme::ecdsa;
    return set_params(context, params);
}

int write(const Signing& signing, std::string_view hash, unsigned char* signature, std::size_t* size, std::size_t room) {
    const int largest = EVP_PKEY_get_size(&signing.key->public_key());
    if (largest <= 0) return 0;
    *size = static_cast<std::size_t>(largest);
    if (signature == nullptr) return 1;
    if (!signing.digest) return 0;
    const auto made = signing.key->sign(hash, *signing.digest, signing.scheme);
    if (!made) raise(made.error());
    if (!made || made->size() > room) return 0;
    std::copy(made->begin(), made->end(), signature);
    *size = made->size();
    return 1;
}

int sign(void* context, unsigned char* signature, std::size_t* size, std::size_t room, const unsigned char* hash, std::size_t hash_size) {
    return write(signing_of(context), {reinterpret_cast<const char*>(hash), hash_size}, signature, size, room);
}

int begin_digest(void* context, const char* digest, void* key, const OSSL_PARAM params[]) {
    Signing& signing = signing_of(context);
    if (digest != nullptr) signing.digest.reset(EVP_MD_fetch(nullptr, digest, nullptr));
    if (begin(context, key, params) != 1 || !signing.digest) return 0;
    signing.hashing.reset(EVP_MD_CTX_new());
    return EVP_DigestInit_ex2(signing.hashing.get(), signing.digest.get(), nullptr);
}

int update_digest(void* context, const unsigned char* data, std::size_t size) {
    return EVP_DigestUpdate(signing_of(context).hashing.get(), data, size);
}

int end_digest(void* context, unsigned char* signature, std::size_t* size, std::size_t room) {
    Signing& signing = signing_of(context);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned hash_size = 0;
    if (signature != nullptr && EVP_DigestFinal_ex(signing.hashing.get(), hash.data(), &hash_size) != 1) return 0;
    return write(signing, {reinterpret_cast<const char*>(hash.data()), hash_size}, signature, size, room);
}

// For what is signed in ASN.1: requests and certificates.
int get_params(void* context, OSSL_PARAM params[]) {
    const Signing& signing = signing_of(context);
    if (OSSL_PARAM* name = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST); name != nullptr && signing.digest) {
        if (OSSL_PARAM_set_utf8_string(name, EVP_MD_get0_name(signing.digest.get())) != 1) return 0;
    }
    OSSL_PARAM* wanted = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
    if (wanted == nullptr) return 1;
    const bool is_rsa = signing.scheme == Scheme::rsa_pkcs1;
    const int key_type = is_rsa ? NID_rsaEncryption : NID_X9_62_id_ecPublicKey;
    int algorithm = NID_undef;
    // PSS is TLS's, which does not ask.
    if (signing.scheme == Scheme::rsa_pss || !signing.digest ||
        OBJ_find_sigid_by_algs(&algorithm, EVP_MD_get_type(signing.digest.get()), key_type) != 1)
        return 0;
    const std::unique_ptr<X509_ALGOR, Freed<&X509_ALGOR_free>> identifier(X509_ALGOR_new());
    X509_ALGOR_set0(identifier.get(), OBJ_nid2obj(algorithm), is_rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr);
    unsigned char* der = nullptr;
    const int size = i2d_X509_ALGOR(identifier.get(), &der);
    const int set = size > 0 ? OSSL_PARAM_set_octet_string(wanted, der, static_cast<std::size_t>(size)) : 0;
    OPENSSL_free(der);
    return set;
}

const OSSL_PARAM* gettable_params(void* /*context*/, void* /*provider*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0), OSSL_PARAM_END};
    return known;
}

const OSSL_PARAM* settable_params(void* /*context*/, void* /*provider*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0), OSSL_PARAM_END};
    return known;
}

template <class F>
void (*as_function(F* function))() {
    return reinterpret_cast<void (*)()>(function);
}

}  // namespace

const OSSL_DISPATCH signature_functions[] = {{OSSL_FUNC_SIGNATURE_NEWCTX, as_function(&make)},
                                             {OSSL_FUNC_SIGNATURE_FREECTX, as_function(&release)},
                                             {OSSL_FUNC_SIGNATURE_DUPCTX, as_function(&duplicate)},
                                             {OSSL_FUNC_SIGNATURE_SIGN_INIT, as_function(&begin)},
                                             {OSSL_FUNC_SIGNATURE_SIGN, as_function(&sign)},
                                             {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, as_function(&begin_digest)},
                                             {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, as_function(&update_digest)},
                                             {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, as_function(&end_digest)},
                                             {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, as_function(&get_params)},
                                             {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, as_function(&gettable_params)},
                                             {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, as_function(&set_params)},
                                             {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, as_function(&settable_params)},
                                             {0, nullptr}};

}  // namespace muster::pki::provider

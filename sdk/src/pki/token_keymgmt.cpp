// SPDX-License-Identifier: Apache-2.0
// Key management of the provider "muster": what is asked of a key in a token is answered by its public half.
#include "pki/token_keymgmt.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstring>
#include <utility>

namespace muster::pki::provider {
namespace {

KeyData& data_of(const void* key) {
    return *static_cast<KeyData*>(const_cast<void*>(key));
}

void* make(void* /*provider*/) {
    return new KeyData;  // OpenSSL owns it, and gives it back to release().
}

void release(void* key) {
    delete static_cast<KeyData*>(key);
}

// From the decoder: the address of what it made.
void* load(const void* reference, std::size_t size) {
    void* key = nullptr;
    if (size != sizeof key) return nullptr;
    std::memcpy(&key, reference, sizeof key);
    return key;
}

int has(const void* key, int selection) {
    const KeyData& data = data_of(key);
    if (data.public_key() == nullptr) return 0;
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && !data.token ? 0 : 1;
}

int match(const void* left, const void* right, int /*selection*/) {
    return EVP_PKEY_eq(data_of(left).public_key(), data_of(right).public_key()) == 1 ? 1 : 0;
}

int get_params(void* key, OSSL_PARAM params[]) {
    EVP_PKEY* public_key = data_of(key).public_key();
    return public_key != nullptr ? EVP_PKEY_get_params(public_key, params) : 0;
}

const OSSL_PARAM* gettable_params(void* /*provider*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
                                       OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
                                       OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
                                       OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_FIELD_TYPE, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
                                       OSSL_PARAM_END};
    return known;
}

int import_key(void* key, const char* type, const OSSL_PARAM params[]) {
    KeyData& data = data_of(key);
    if (const OSSL_PARAM* token = OSSL_PARAM_locate_const(params, token_key_parameter); token != nullptr) {
        void* handed_over = nullptr;
        if (token->data_size != sizeof handed_over) return 0;
        std::memcpy(&handed_over, token->data, sizeof handed_over);
        data.token.reset(static_cast<TokenKey*>(handed_over));
        return 1;
    }
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, "provider=default"));
    EVP_PKEY* made = nullptr;
    // What is only read is not const there.
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(params)) != 1)
        return 0;
    data.only_public.reset(made);
    return 1;
}

int import_ec(void* key, int /*selection*/, const OSSL_PARAM params[]) {
    return import_key(key, "EC", params);
}

int import_rsa(void* key, int /*selection*/, const OSSL_PARAM params[]) {
    return import_key(key, "RSA", params);
}

const OSSL_PARAM* import_types(int /*selection*/) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
                                       OSSL_PARAM_octet_string(token_key_parameter, nullptr, 0),
                                       OSSL_PARAM_END};
    return known;
}

// Never the private half: where it is asked for, OpenSSL then comes back to this provider's own signature.
int export_key(void* key, int selection, OSSL_CALLBACK* take, void* context) {
    EVP_PKEY* public_key = data_of(key).public_key();
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 || public_key == nullptr) return 0;
    OSSL_PARAM* params = nullptr;
    if (EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &params) != 1) return 0;
    const int taken = take(params, context);
    OSSL_PARAM_free(params);
    return taken;
}

const OSSL_PARAM* export_types(int /*selection*/) {
    return import_types(0);
}

const char* ec_operation(int operation) {
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : nullptr;
}

const char* rsa_operation(int operation) {
    return operation == OSSL_OP_SIGNATURE ? "RSA" : nullptr;
}

using Function = void (*)();

template <class F>
Function as_function(F* function) {
    return reinterpret_cast<Function>(function);
}

}  // namespace

const OSSL_DISPATCH ec_functions[] = {{OSSL_FUNC_KEYMGMT_NEW, as_function(&make)},
                                      {OSSL_FUNC_KEYMGMT_FREE, as_function(&release)},
                                      {OSSL_FUNC_KEYMGMT_LOAD, as_function(&load)},
                                      {OSSL_FUNC_KEYMGMT_HAS, as_function(&has)},
                                      {OSSL_FUNC_KEYMGMT_MATCH, as_function(&match)},
                                      {OSSL_FUNC_KEYMGMT_GET_PARAMS, as_function(&get_params)},
                                      {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, as_function(&gettable_params)},
                                      {OSSL_FUNC_KEYMGMT_IMPORT, as_function(&import_ec)},
                                      {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, as_function(&import_types)},
                                      {OSSL_FUNC_KEYMGMT_EXPORT, as_function(&export_key)},
                                      {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, as_function(&export_types)},
                                      {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, as_function(&ec_operation)},
                                      {0, nullptr}};

const OSSL_DISPATCH rsa_functions[] = {{OSSL_FUNC_KEYMGMT_NEW, as_function(&make)},
                                       {OSSL_FUNC_KEYMGMT_FREE, as_function(&release)},
                                       {OSSL_FUNC_KEYMGMT_LOAD, as_function(&load)},
                                       {OSSL_FUNC_KEYMGMT_HAS, as_function(&has)},
                                       {OSSL_FUNC_KEYMGMT_MATCH, as_function(&match)},
                                       {OSSL_FUNC_KEYMGMT_GET_PARAMS, as_function(&get_params)},
                                       {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, as_function(&gettable_params)},
                                       {OSSL_FUNC_KEYMGMT_IMPORT, as_function(&import_rsa)},
                                       {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, as_function(&import_types)},
                                       {OSSL_FUNC_KEYMGMT_EXPORT, as_function(&export_key)},
                                       {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, as_function(&export_types)},
                                       {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, as_function(&rsa_operation)},
                                       {0, nullptr}};

}  // namespace muster::pki::provider

// SPDX-License-Identifier: Apache-2.0
// Keys in tokens as OpenSSL's own.
#include "pki/token_provider.hpp"

#include "base/secret.hpp"
#include "pki/key_password.hpp"
#include "pki/token_keymgmt.hpp"

#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace muster::pki {
namespace provider {
namespace {

constexpr std::size_t longest_file = 64U << 10U;

std::string read_all(const Upcalls& upcalls, OSSL_CORE_BIO* file) {
    std::string content;
    std::array<char, 4'096> chunk{};
    std::size_t size = 0;
    while (content.size() < longest_file && upcalls.read(file, chunk.data(), chunk.size(), &size) == 1 && size > 0)
        content.append(chunk.data(), size);
    OPENSSL_cleanse(chunk.data(), chunk.size());
    return content;
}

// Asked for as the pass phrase of a key file is.
std::string ask_pin(OSSL_PASSPHRASE_CALLBACK* ask, void* context) {
    std::array<char, 1'024> buffer{};
    std::size_t size = 0;
    const OSSL_PARAM none = OSSL_PARAM_END;
    const bool is_given = ask(buffer.data(), buffer.size(), &size, &none, context) == 1 && size <= buffer.size();
    std::string pin(buffer.data(), is_given ? size : 0);
    OPENSSL_cleanse(buffer.data(), buffer.size());
    return pin == no_password ? std::string() : pin;
}

int hand_over(std::unique_ptr<TokenKey> token, OSSL_CALLBACK* take, void* context) {
    auto key = std::make_unique<KeyData>();
    key->token = std::move(token);
    void* address = key.get();
    int type = OSSL_OBJECT_PKEY;
    std::string name = EVP_PKEY_get0_type_name(key->public_key());
    const std::array<OSSL_PARAM, 4> params{OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type),
                                           OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, name.data(), 0),
                                           OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &address, sizeof address),
                                           OSSL_PARAM_construct_end()};
    const int taken = take(params.data(), context);
    if (taken == 1) static_cast<void>(key.release());  // load() has it.
    return taken;
}

void* make_decoder(void* upcalls) {
    return upcalls;
}

void free_decoder(void* /*decoder*/) {}

// 1 for what is no reference: another decoder will know it.
int decode(void* upcalls, OSSL_CORE_BIO* file, int /*selection*/, OSSL_CALLBACK* take, void* take_context, OSSL_PASSPHRASE_CALLBACK* ask,
           void* ask_context) {
    const base::Secret content(read_all(*static_cast<Upcalls*>(upcalls), file));
    auto key = open_token_key(content.view(), [&] { return base::Secret(ask_pin(ask, ask_context)); });
    if (!key) return 0;
    if (!*key) return 1;
    return hand_over(std::move(*key), take, take_context);
}

int does_selection(void* /*provider*/, int selection) {
    return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ? 1 : 0;
}

const OSSL_ALGORITHM* query(void* /*provider*/, int operation, int* no_cache) {
    static const OSSL_ALGORITHM keymgmts[] = {{ec_names, properties, ec_functions, "EC keys in a token"},
                                              {rsa_names, properties, rsa_functions, "RSA keys in a token"},
                                              {nullptr, nullptr, nullptr, nullptr}};
    static const OSSL_ALGORITHM signatures[] = {{"ECDSA", properties, signature_functions, "ECDSA in a token"},
                                                {rsa_names, properties, signature_functions, "RSA in a token"},
                                                {nullptr, nullptr, nullptr, nullptr}};
    static const OSSL_ALGORITHM decoders[] = {{ec_names, "provider=muster,input=pem", decoder_functions, "references to keys"},
                                              {rsa_names, "provider=muster,input=pem", decoder_functions, "references to keys"},
                                              {nullptr, nullptr, nullptr, nullptr}};
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT) return keymgmts;
    if (operation == OSSL_OP_SIGNATURE) return signatures;
    return operation == OSSL_OP_DECODER ? decoders : nullptr;
}

void teardown(void* upcalls) {
    delete static_cast<Upcalls*>(upcalls);
}

template <class F>
void (*as_function(F* function))() {
    return reinterpret_cast<void (*)()>(function);
}

const OSSL_DISPATCH provider_functions[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, as_function(&query)}, {OSSL_FUNC_PROVIDER_TEARDOWN, as_function(&teardown)}, {0, nullptr}};

int initialise(const OSSL_CORE_HANDLE* /*handle*/, const OSSL_DISPATCH* from_core, const OSSL_DISPATCH** functions, void** context) {
    auto upcalls = std::make_unique<Upcalls>();
    for (; from_core->function_id != 0; ++from_core) {
        if (from_core->function_id == OSSL_FUNC_BIO_READ_EX) upcalls->read = OSSL_FUNC_BIO_read_ex(from_core);
    }
    if (upcalls->read == nullptr) return 0;
    *functions = provider_functions;
    *context = upcalls.release();  // Until teardown().
    return 1;
}

}  // namespace

const OSSL_DISPATCH decoder_functions[] = {{OSSL_FUNC_DECODER_NEWCTX, as_function(&make_decoder)},
                                           {OSSL_FUNC_DECODER_FREECTX, as_function(&free_decoder)},
                                           {OSSL_FUNC_DECODER_DOES_SELECTION, as_function(&does_selection)},
                                           {OSSL_FUNC_DECODER_DECODE, as_function(&decode)},
                                           {0, nullptr}};

}  // namespace provider

namespace {

// Null if OpenSSL does not take it.
OSSL_PROVIDER* add_to_openssl() {
    // Of two providers with an algorithm, OpenSSL takes the one that was there first: its own, or whoever openssl.cnf names, must be. It
    // is loaded by being used, and with its fallbacks kept OpenSSL does not take our provider for a wish to have no other.
    EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(nullptr, "EC", nullptr));
    if (OSSL_PROVIDER_add_builtin(nullptr, "muster", &provider::initialise) != 1) return nullptr;
    return OSSL_PROVIDER_try_load(nullptr, "muster", 1);
}

}  // namespace

Result<void> load_token_provider() {
    // Never unloaded: Paho's threads outlive whoever could do it.
    static const OSSL_PROVIDER* const loaded = add_to_openssl();
    if (loaded == nullptr) return openssl_error("OpenSSL does not take the provider for keys in tokens");
    return {};
}

Result<Key> to_openssl(std::unique_ptr<TokenKey> key) {
    if (auto loaded = load_token_provider(); !loaded) return std::move(loaded).error();
    const char* type = EVP_PKEY_get0_type_name(&key->public_key());
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, provider::properties));
    void* address = key.get();
    std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_octet_string(provider::token_key_parameter, &address, sizeof address),
                                     OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.data()) != 1)
        return openssl_error("OpenSSL does not take the key in the token");
    static_cast<void>(key.release());  // import_key() has it.
    return Key(made);
}

}  // namespace muster::pki

// SPDX-License-Identifier: Apache-2.0
// Keys of a TPM 2, by way of tpm2-openssl in an OpenSSL library context of its own: the process's algorithms stay as they are.
#include "pki/tpm.hpp"

#include "pki/key_password.hpp"
#include "pki/tpm_error.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

namespace muster::pki {
namespace {

// Keys are the TPM's; hashes, random numbers and the reading of PEM need not be, and it is slow.
constexpr const char* at_the_tpm = "?provider=tpm2,tpm2.digest!=yes";

using LibraryContext = std::unique_ptr<OSSL_LIB_CTX, Freed<&OSSL_LIB_CTX_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, Freed<&OSSL_PROVIDER_unload>>;

/// A connection to the TPM, with nobody else of this process connected.
class Connection {
public:
    static Result<std::unique_ptr<Connection>> open() {
        std::unique_ptr<Connection> connection(new Connection);
        connection->context_.reset(OSSL_LIB_CTX_new());
        connection->default_.reset(OSSL_PROVIDER_load(connection->context_.get(), "default"));
        if (!connection->default_) return openssl_error("OpenSSL's own provider cannot be loaded");
        connection->tpm2_.reset(OSSL_PROVIDER_load(connection->context_.get(), "tpm2"));
        if (!connection->tpm2_) return no_tpm_error();
        return connection;
    }
    // What was tried on the way is nobody else's business: a TLS handshake on this thread would take it for its own failure.
    ~Connection() { ERR_pop_to_mark(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    [[nodiscard]] OSSL_LIB_CTX* context() const { return context_.get(); }

private:
    Connection() : only_(mutex()) { ERR_set_mark(); }
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }

    std::unique_lock<std::mutex> only_;
    LibraryContext context_;
    Provider default_;
    Provider tpm2_;
};

struct PasswordRequest {
    const AskPin& ask;
    base::Secret password;
    bool is_asked = false;
};

int answer_request(char* buffer, int size, int /*writing*/, void* context) {
    auto& request = *static_cast<PasswordRequest*>(context);
    request.is_asked = true;
    request.password = request.ask();
    const std::string_view text = request.password.view();
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(text.begin(), text.end(), buffer);
    return static_cast<int>(text.size());
}

Result<Key> load(const Connection& tpm, std::string_view pem, pem_password_cb* answer, void* context) {
    const Bio bio = memory_bio(pem);
    Key key(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, answer, context, tpm.context(), at_the_tpm));
    if (!key) return tpm_error("the TPM does not load the key", TpmStep::load);
    if (EVP_PKEY_is_a(key.get(), "EC") != 1)
        return Error{Code::invalid_argument, "the key of the TPM is no EC key", "make one: EC keys are the only ones"};
    return key;
}

// In the process's own context.
Result<Key> public_half_of(EVP_PKEY& key) {
    OSSL_PARAM* params = nullptr;
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", "provider=default"));
    EVP_PKEY* made = nullptr;
    const bool is_made = EVP_PKEY_todata(&key, EVP_PKEY_PUBLIC_KEY, &params) == 1 && context &&
                         EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params) == 1;
    OSSL_PARAM_free(params);
    if (!is_made) return openssl_error("the public half of the TPM's key is not usable", Code::corrupt);
    return Key(made);
}

Result<std::string> sign_with(const Connection& tpm, EVP_PKEY& key, std::string_view hash, const char* digest) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(tpm.context(), &key, at_the_tpm));
    const std::array<OSSL_PARAM, 2> params{
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, const_cast<char*>(digest), 0),  // Only read.
        OSSL_PARAM_construct_end()};
    std::string signature(static_cast<std::size_t>(std::max(EVP_PKEY_get_size(&key), 0)), '\0');
    std::size_t size = signature.size();
    if (!context || EVP_PKEY_sign_init_ex(context.get(), params.data()) != 1 ||
        EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                      reinterpret_cast<const unsigned char*>(hash.data()), hash.size()) != 1)
        return tpm_error("the TPM does not sign", TpmStep::sign);
    signature.resize(size);
    return signature;
}

base::Secret copy_of(std::string_view text) {
    return base::Secret(std::string(text));
}

}  // namespace

bool is_tpm_key(std::string_view pem) {
    return pem.find("-----BEGIN TSS2 PRIVATE KEY-----") != std::string_view::npos;
}

Result<base::Secret> make_tpm_key(const base::Secret& password) {
    const auto tpm = Connection::open();
    if (!tpm) return tpm.error();
    const KeyContext context(EVP_PKEY_CTX_new_from_name((*tpm)->context(), "EC", "provider=tpm2"));
    std::string curve = "P-256";
    std::string copy(password.view());
    std::array<OSSL_PARAM, 3> params{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
                                     OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    if (!copy.empty()) params[1] = OSSL_PARAM_construct_utf8_string("user-auth", copy.data(), 0);
    EVP_PKEY* made = nullptr;
    const bool is_made = context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                         EVP_PKEY_CTX_set_params(context.get(), params.data()) == 1 && EVP_PKEY_generate(context.get(), &made) == 1;
    base::wipe(copy);
    const Key key(made);
    if (!is_made) return tpm_error("the TPM makes no key", TpmStep::load);
    const Bio bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PrivateKey_ex(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr, (*tpm)->context(), at_the_tpm) != 1)
        return openssl_error("cannot encode the TPM's key");
    return base::Secret(text_of(*bio));
}

Result<std::unique_ptr<TpmKey>> TpmKey::open(std::string_view pem, const AskPin& ask) {
    const auto tpm = Connection::open();
    if (!tpm) return tpm.error();
    PasswordRequest request{ask, {}};
    const auto key = load(**tpm, pem, &answer_request, &request);
    if (request.is_asked && request.password.is_empty()) {
        ERR_clear_error();
        return Error{Code::denied, "the TPM's key needs its password", "set key_password"};
    }
    if (!key) return key.error();
    auto public_key = public_half_of(**key);
    if (!public_key) return std::move(public_key).error();
    // A TPM looks at the password when it signs, and a TLS handshake would not tell what it said.
    if (request.is_asked) {
        const std::string hash(32, '\0');
        if (const auto tried = sign_with(**tpm, **key, hash, "SHA256"); !tried) return tried.error();
    }
    return std::unique_ptr<TpmKey>(new TpmKey(copy_of(pem), std::move(request.password), std::move(*public_key)));
}

Result<std::string> TpmKey::sign(std::string_view hash, const EVP_MD& digest, Scheme /*scheme*/) {
    const auto tpm = Connection::open();
    if (!tpm) return tpm.error();
    PasswordAnswer answer{&password_};
    const auto key = load(**tpm, pem_.view(), &give_password, &answer);
    if (!key) return key.error();
    return sign_with(**tpm, **key, hash, EVP_MD_get0_name(&digest));
}

}  // namespace muster::pki

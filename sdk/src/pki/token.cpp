// SPDX-License-Identifier: Apache-2.0
// Keys in a PKCS#11 token, through Cryptoki 2.40.
#include "pki/token.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "pki/token_encoding.hpp"

#include <dlfcn.h>
#include <openssl/objects.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <utility>

namespace muster::pki {
namespace {

constexpr std::array<unsigned char, 10> p256_parameters{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};  // OID prime256v1

Error failure(const std::string& what, CK_RV code) {
    switch (code) {
        case CKR_PIN_INCORRECT:
            return {Code::denied, what + ": the PIN is wrong", "check the key password"};
        case CKR_PIN_LOCKED:
            return {Code::denied, what + ": the PIN is locked after too many wrong ones", "unlock the token with its SO PIN"};
        case CKR_TOKEN_WRITE_PROTECTED:
            return {Code::denied, what + ": the token is write-protected"};
        case CKR_DEVICE_MEMORY:
            return {Code::no_space, what + ": the token is full", "remove keys that are not used any more"};
        case CKR_DEVICE_REMOVED:
        case CKR_TOKEN_NOT_PRESENT:
            return {Code::not_found, what + ": the token is gone"};
        default:
            return {Code::io, what + ": PKCS#11 error " + std::to_string(code)};
    }
}

Result<CK_FUNCTION_LIST*> load_module(const std::string& path) {
    // Two threads must not initialise one module at a time; held for the loading only.
    static std::mutex loading;
    const std::lock_guard lock(loading);
    // Never unloaded: modules have threads and exit handlers of their own.
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return Error{Code::not_found, "the PKCS#11 module " + base::printable(path) + " cannot be loaded", "check module-path in the URI"};
    const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    CK_FUNCTION_LIST* functions = nullptr;
    if (get_list == nullptr || get_list(&functions) != CKR_OK || functions == nullptr)
        return Error{Code::invalid_argument, base::printable(path) + " is no PKCS#11 module"};
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV initialised = functions->C_Initialize(&arguments);
    if (initialised != CKR_OK && initialised != CKR_CRYPTOKI_ALREADY_INITIALIZED) return failure("the PKCS#11 module " + path, initialised);
    return functions;
}

// Cryptoki pads with blanks.
template <std::size_t size>
bool is_text(const CK_UTF8CHAR (&padded)[size], const std::string& wanted) {
    std::string_view text(reinterpret_cast<const char*>(padded), size);
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    return wanted.empty() || text == wanted;
}

bool is_named(const CK_TOKEN_INFO& info, const Pkcs11Uri& uri) {
    return is_text(info.label, uri.token) && is_text(info.manufacturerID, uri.manufacturer) && is_text(info.model, uri.model) &&
           is_text(info.serialNumber, uri.serial);
}

struct Slot {
    CK_SLOT_ID id = 0;
    CK_FLAGS flags = 0;
};

Result<Slot> find_slot(CK_FUNCTION_LIST& functions, const Pkcs11Uri& uri) {
    CK_ULONG count = 0;
    if (const CK_RV listed = functions.C_GetSlotList(CK_TRUE, nullptr, &count); listed != CKR_OK) return failure("list the tokens", listed);
    std::vector<CK_SLOT_ID> slots(count);
    if (const CK_RV listed = functions.C_GetSlotList(CK_TRUE, slots.data(), &count); listed != CKR_OK)
        return failure("list the tokens", listed);
    slots.resize(std::min<std::size_t>(count, slots.size()));
    std::vector<Slot> found;
    for (const CK_SLOT_ID slot : slots) {
        CK_TOKEN_INFO info{};
        if (functions.C_GetTokenInfo(slot, &info) == CKR_OK && is_named(info, uri)) found.push_back({slot, info.flags});
    }
    const std::string name = "'" + base::printable(uri.token.empty() ? uri.serial : uri.token) + "'";
    if (found.empty()) return Error{Code::not_found, "there is no token " + name, "check the token's label and the module"};
    if (found.size() > 1) return Error{Code::conflict, "there is more than one token " + name, "name its serial, too"};
    return found.front();
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
    return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};  // Cryptoki knows no const; what it only reads stays as it is.
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, std::string_view value) {
    return attribute(type, value.data(), value.size());
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const CK_BBOOL& value) {
    return attribute(type, &value, sizeof value);
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const CK_OBJECT_CLASS& value) {
    return attribute(type, &value, sizeof value);
}

// What C_Sign is given, and how it is to be signed.
struct Signing {
    CK_MECHANISM mechanism{};
    CK_RSA_PKCS_PSS_PARAMS pss{};
    std::string input;
};

bool set_pss(CK_RSA_PKCS_PSS_PARAMS& pss, const EVP_MD& digest) {
    switch (EVP_MD_get_type(&digest)) {
        case NID_sha256:
            pss = {CKM_SHA256, CKG_MGF1_SHA256, 0};
            break;
        case NID_sha384:
            pss = {CKM_SHA384, CKG_MGF1_SHA384, 0};
            break;
        case NID_sha512:
            pss = {CKM_SHA512, CKG_MGF1_SHA512, 0};
            break;
        default:
            return false;
    }
    pss.sLen = static_cast<CK_ULONG>(EVP_MD_get_size(&digest));
    return true;
}

bool prepare(Signing& signing, std::string_view hash, const EVP_MD& digest, Scheme scheme) {
    signing.input = scheme == Scheme::rsa_pkcs1 ? digest_info(hash, digest) : std::string(hash);
    if (scheme == Scheme::rsa_pss) {
        signing.mechanism = {CKM_RSA_PKCS_PSS, &signing.pss, sizeof signing.pss};
        return set_pss(signing.pss, digest);
    }
    signing.mechanism = {scheme == Scheme::ecdsa ? CKM_ECDSA : CKM_RSA_PKCS, nullptr, 0};
    return true;
}

}  // namespace

struct TokenSession::Cryptoki {
    CK_FUNCTION_LIST* functions = nullptr;
    CK_SESSION_HANDLE session = 0;

    Result<void> log_in(const Slot& slot, std::string_view pin, const std::string& token) const {
        if ((slot.flags & CKF_LOGIN_REQUIRED) == 0) return {};
        if (pin.empty()) return Error{Code::denied, "the token '" + token + "' needs its PIN", "set key_password"};
        std::string copy(pin);
        const CK_RV done =
            functions->C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(copy.data()), static_cast<CK_ULONG>(copy.size()));
        base::wipe(copy);
        // Whoever has logged in before has done it for the whole process.
        if (done != CKR_OK && done != CKR_USER_ALREADY_LOGGED_IN) return failure("log in to the token '" + token + "'", done);
        return {};
    }
    Result<std::vector<CK_OBJECT_HANDLE>> find(std::vector<CK_ATTRIBUTE> wanted) const {
        constexpr CK_ULONG most = 16;
        std::vector<CK_OBJECT_HANDLE> found(most);
        CK_ULONG count = 0;
        CK_RV code = functions->C_FindObjectsInit(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()));
        if (code == CKR_OK) code = functions->C_FindObjects(session, found.data(), most, &count);
        static_cast<void>(functions->C_FindObjectsFinal(session));
        if (code != CKR_OK) return failure("look for a key in the token", code);
        found.resize(count);
        return found;
    }
    Result<std::string> read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
        CK_ATTRIBUTE wanted{type, nullptr, 0};
        CK_RV code = functions->C_GetAttributeValue(session, object, &wanted, 1);
        constexpr CK_ULONG longest = 4'096;
        if (code != CKR_OK || wanted.ulValueLen > longest)
            return failure("read a key in the token", code == CKR_OK ? CKR_DATA_LEN_RANGE : code);
        std::string value(wanted.ulValueLen, '\0');
        wanted.pValue = value.data();
        code = functions->C_GetAttributeValue(session, object, &wanted, 1);
        if (code != CKR_OK) return failure("read a key in the token", code);
        return value;
    }
};

TokenSession::TokenSession(std::unique_ptr<Cryptoki> cryptoki) noexcept : cryptoki_(std::move(cryptoki)) {}

TokenSession::~TokenSession() {
    static_cast<void>(cryptoki_->functions->C_CloseSession(cryptoki_->session));
}

Result<std::unique_ptr<TokenSession>> TokenSession::open(const Pkcs11Uri& uri, std::string_view pin, Use use) {
    auto functions = load_module(uri.module_path);
    if (!functions) return std::move(functions).error();
    auto slot = find_slot(**functions, uri);
    if (!slot) return std::move(slot).error();
    auto cryptoki = std::make_unique<Cryptoki>();
    cryptoki->functions = *functions;
    const CK_FLAGS flags = CKF_SERIAL_SESSION | (use == Use::change ? CKF_RW_SESSION : 0U);
    if (const CK_RV opened = (*functions)->C_OpenSession(slot->id, flags, nullptr, nullptr, &cryptoki->session); opened != CKR_OK)
        return failure("open a session with the token", opened);
    std::unique_ptr<TokenSession> session(new TokenSession(std::move(cryptoki)));
    if (auto logged_in = session->cryptoki_->log_in(*slot, pin, base::printable(uri.token.empty() ? uri.serial : uri.token)); !logged_in)
        return std::move(logged_in).error();
    return session;
}

Result<void> TokenSession::make_key(std::string_view id, std::string_view label) {
    constexpr CK_BBOOL yes = CK_TRUE;
    constexpr CK_BBOOL no = CK_FALSE;
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    std::vector<CK_ATTRIBUTE> its_public{attribute(CKA_TOKEN, yes), attribute(CKA_VERIFY, yes), attribute(CKA_ID, id),
                                         attribute(CKA_LABEL, label),
                                         attribute(CKA_EC_PARAMS, p256_parameters.data(), p256_parameters.size())};
    std::vector<CK_ATTRIBUTE> its_private{attribute(CKA_TOKEN, yes),      attribute(CKA_PRIVATE, yes), attribute(CKA_SENSITIVE, yes),
                                          attribute(CKA_EXTRACTABLE, no), attribute(CKA_SIGN, yes),    attribute(CKA_ID, id),
                                          attribute(CKA_LABEL, label)};
    CK_OBJECT_HANDLE public_key = 0;
    CK_OBJECT_HANDLE private_key = 0;
    const CK_RV made =
        cryptoki_->functions->C_GenerateKeyPair(cryptoki_->session, &mechanism, its_public.data(), static_cast<CK_ULONG>(its_public.size()),
                                                its_private.data(), static_cast<CK_ULONG>(its_private.size()), &public_key, &private_key);
    if (made != CKR_OK) return failure("make a key in the token", made);
    return {};
}

Result<void> TokenSession::remove_key(std::string_view id) {
    auto found = cryptoki_->find({attribute(CKA_ID, id)});
    if (!found) return std::move(found).error();
    for (const CK_OBJECT_HANDLE object : *found) {
        const CK_RV removed = cryptoki_->functions->C_DestroyObject(cryptoki_->session, object);
        if (removed != CKR_OK) return failure("remove a key from the token", removed);
    }
    return {};
}

Result<unsigned long> TokenSession::find_private_key(std::string_view id, std::string_view label) {
    constexpr CK_OBJECT_CLASS is_private = CKO_PRIVATE_KEY;
    std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_CLASS, is_private)};
    if (!id.empty()) wanted.push_back(attribute(CKA_ID, id));
    if (!label.empty()) wanted.push_back(attribute(CKA_LABEL, label));
    auto found = cryptoki_->find(std::move(wanted));
    if (!found) return std::move(found).error();
    if (found->empty())
        return Error{Code::not_found, "the token has no such private key",
                     "check which object and id are meant, or enroll the device anew"};
    if (found->size() > 1) return Error{Code::conflict, "the token has more than one such private key", "name its id"};
    return found->front();
}

Result<Key> TokenSession::public_key_of(unsigned long private_key) {
    constexpr CK_OBJECT_CLASS is_public = CKO_PUBLIC_KEY;
    auto id = cryptoki_->read(private_key, CKA_ID);
    if (!id) return std::move(id).error();
    auto found = cryptoki_->find({attribute(CKA_CLASS, is_public), attribute(CKA_ID, *id)});
    if (!found) return std::move(found).error();
    if (found->size() != 1) return Error{Code::not_found, "the token has not one public key beside the private one"};
    if (auto modulus = cryptoki_->read(found->front(), CKA_MODULUS)) {
        auto exponent = cryptoki_->read(found->front(), CKA_PUBLIC_EXPONENT);
        if (!exponent) return std::move(exponent).error();
        return rsa_key(*modulus, *exponent);
    }
    auto parameters = cryptoki_->read(found->front(), CKA_EC_PARAMS);
    if (!parameters) return Error{Code::invalid_argument, "the key in the token is neither an EC nor an RSA key"};
    auto point = cryptoki_->read(found->front(), CKA_EC_POINT);
    if (!point) return std::move(point).error();
    return ec_key(*parameters, *point);
}

Result<std::string> TokenSession::sign(unsigned long private_key, std::string_view hash, const EVP_MD& digest, Scheme scheme) {
    Signing signing;
    if (!prepare(signing, hash, digest, scheme)) return Error{Code::invalid_argument, "the token is not asked for this digest with PSS"};
    std::string& input = signing.input;
    std::string signature(2'048, '\0');  // Of RSA-16384, more than TLS takes.
    auto size = static_cast<CK_ULONG>(signature.size());
    CK_RV code = cryptoki_->functions->C_SignInit(cryptoki_->session, &signing.mechanism, private_key);
    if (code == CKR_OK) {
        code = cryptoki_->functions->C_Sign(cryptoki_->session, reinterpret_cast<CK_BYTE*>(input.data()),
                                            static_cast<CK_ULONG>(input.size()), reinterpret_cast<CK_BYTE*>(signature.data()), &size);
    }
    if (code != CKR_OK) return failure("sign with the key in the token", code);
    signature.resize(size);
    return signature;
}

Result<std::unique_ptr<Pkcs11Key>> Pkcs11Key::open(const Pkcs11Uri& uri, std::string_view pin) {
    auto session = TokenSession::open(uri, pin, TokenSession::Use::sign);
    if (!session) return std::move(session).error();
    auto object = (*session)->find_private_key(uri.id, uri.object);
    if (!object) return std::move(object).error().in(to_text(uri));
    auto public_key = (*session)->public_key_of(*object);
    if (!public_key) return std::move(public_key).error().in(to_text(uri));
    return std::unique_ptr<Pkcs11Key>(new Pkcs11Key(std::move(*session), *object, std::move(*public_key)));
}

Result<std::string> Pkcs11Key::sign(std::string_view hash, const EVP_MD& digest, Scheme scheme) {
    Result<std::string> numbers = Error{Code::internal, ""};
    {
        const std::lock_guard lock(mutex_);
        numbers = session_->sign(object_, hash, digest, scheme);
    }
    if (!numbers || scheme != Scheme::ecdsa) return numbers;
    return ecdsa_der(*numbers);
}

}  // namespace muster::pki

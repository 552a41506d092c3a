// SPDX-License-Identifier: Apache-2.0
// Resumption of TLS sessions by tickets that never outlive what they prove.
#include "net/tls_tickets.hpp"

#include "base/clock.hpp"
#include "net/trust_store.hpp"
#include "pki/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>

namespace muster::testbroker::net {
namespace {

constexpr std::chrono::seconds longest_lifetime = std::chrono::hours(1);
constexpr std::size_t name_bytes = 16;

}  // namespace

struct TicketKey {
    std::array<unsigned char, name_bytes> name{};
    std::array<unsigned char, 32> encryption{};
    std::array<unsigned char, 32> authentication{};
    base::SteadyTime made;  // It is given out for one lifetime, and taken for two.
};

/// The key that new tickets get, and the one before, whose tickets may still be valid. Threads: any.
class TicketKeys {
public:
    explicit TicketKeys(const base::Clock& clock) : clock_(clock) {}
    [[nodiscard]] const base::Clock& clock() const { return clock_; }
    /// None if the system gives no random bytes.
    std::optional<TicketKey> newest() {
        const std::lock_guard lock(mutex_);
        rotate();
        return newest_;
    }
    /// By its name; and whether it is the newest.
    std::optional<std::pair<TicketKey, bool>> find(const unsigned char* name) {
        const std::lock_guard lock(mutex_);
        rotate();
        for (const auto* key : {&newest_, &previous_}) {
            if (*key && std::memcmp((*key)->name.data(), name, name_bytes) == 0) return std::pair(**key, key == &newest_);
        }
        return std::nullopt;
    }

private:
    void rotate() {
        const auto now = clock_.now();
        // Its last ticket was given when it was replaced at the latest, and lives no longer than this.
        if (previous_ && now - previous_->made >= 2 * longest_lifetime) previous_.reset();
        if (newest_ && now - newest_->made < longest_lifetime) return;
        TicketKey key;
        key.made = now;
        if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
            RAND_priv_bytes(key.encryption.data(), static_cast<int>(key.encryption.size())) != 1 ||
            RAND_priv_bytes(key.authentication.data(), static_cast<int>(key.authentication.size())) != 1) {
            return newest_.reset();
        }
        const bool has_tickets = newest_ && now - newest_->made < 2 * longest_lifetime;
        previous_ = has_tickets ? newest_ : std::nullopt;
        newest_ = key;
    }

    const base::Clock& clock_;
    std::mutex mutex_;
    std::optional<TicketKey> newest_;
    std::optional<TicketKey> previous_;
};

namespace {

int keys_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

TicketKeys& keys_of(SSL* ssl) {
    return *static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
}

bool set_authentication(EVP_MAC_CTX* mac, TicketKey& key) {
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.authentication.data(), key.authentication.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// The contract of SSL_CTX_set_tlsext_ticket_key_evp_cb: -1 an error, 0 no such key, 1 good, 2 good and to be renewed.
int on_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_new) {
    TicketKeys& keys = keys_of(ssl);
    if (is_new == 1) {
        auto key = keys.newest();
        if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
        std::copy(key->name.begin(), key->name.end(), name);
        const bool is_set = EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->encryption.data(), iv, nullptr) == 1;
        return is_set && set_authentication(mac, *key) ? 1 : -1;
    }
    auto found = keys.find(name);
    if (!found) return 0;
    auto& [key, is_newest] = *found;
    const bool is_set = EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key.encryption.data(), iv, nullptr) == 1;
    if (!is_set || !set_authentication(mac, key)) return -1;
    // A client of TLS 1.3 shows a ticket once (RFC 8446, section C.4), so that without another every second handshake would be a full one.
    return is_newest && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
}

std::chrono::seconds left_of(const X509& certificate, const base::Clock& clock) {
    const auto left = pki::time_of(*X509_get0_notAfter(&certificate)) - clock.wall_now();
    return std::chrono::duration_cast<std::chrono::seconds>(left);
}

int on_new_ticket(SSL* ssl, void* /*unused*/) {
    SSL_SESSION* session = SSL_get_session(ssl);
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    auto lifetime = longest_lifetime;
    if (certificate != nullptr) lifetime = std::clamp(left_of(*certificate, keys_of(ssl).clock()), std::chrono::seconds(1), lifetime);
    SSL_SESSION_set_timeout(session, static_cast<long>(lifetime.count()));
    const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    if (chain == nullptr || sk_X509_num(chain) < 2) return 1;  // No certificate; or resumed, and the session knows its issuer already.
    const std::string issuer = pki::sha256_hex(pki::to_der(*sk_X509_value(chain, 1)));
    return SSL_SESSION_set1_ticket_appdata(session, issuer.data(), issuer.size());
}

bool is_issuer_trusted(SSL* ssl, SSL_SESSION* session, const X509& certificate) {
    void* sha256 = nullptr;
    std::size_t size = 0;
    if (SSL_SESSION_get0_ticket_appdata(session, &sha256, &size) != 1 || sha256 == nullptr) return false;
    return TrustStore::of(SSL_get_SSL_CTX(ssl))->has(*X509_get_issuer_name(&certificate), {static_cast<const char*>(sha256), size});
}

// An expired certificate, or one whose CA is not trusted any more, needs a full handshake, which will say so.
SSL_TICKET_RETURN on_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char* /*name*/, std::size_t /*size*/, SSL_TICKET_STATUS status,
                            void* /*unused*/) {
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
    const X509* certificate = SSL_SESSION_get0_peer(session);
    if (certificate != nullptr && left_of(*certificate, keys_of(ssl).clock()).count() <= 0) return SSL_TICKET_RETURN_IGNORE;
    if (certificate != nullptr && !is_issuer_trusted(ssl, session, *certificate)) return SSL_TICKET_RETURN_IGNORE;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

std::shared_ptr<TicketKeys> enable_tickets(SSL_CTX* context, const base::Clock& clock) {
    auto keys = std::make_shared<TicketKeys>(clock);
    constexpr std::array<unsigned char, 6> purpose{'m', 'u', 's', 't', 'e', 'r'};
    SSL_CTX_set_session_id_context(context, purpose.data(), purpose.size());
    SSL_CTX_set_ex_data(context, keys_index(), keys.get());
    SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket_key);
    SSL_CTX_set_session_ticket_cb(context, on_new_ticket, on_ticket, nullptr);
    return keys;
}

std::string issuer_in_ticket(SSL* ssl) {
    void* data = nullptr;
    std::size_t size = 0;
    SSL_SESSION* session = SSL_get_session(ssl);
    if (session == nullptr || SSL_session_reused(ssl) != 1 || SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1) return {};
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

}  // namespace muster::testbroker::net

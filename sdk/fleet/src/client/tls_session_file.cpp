// SPDX-License-Identifier: Apache-2.0
// Tickets from the handshake to the file and back.
#include "client/tls_session_file.hpp"

#include "base/files.hpp"
#include "base/secret.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace muster::fleet {
namespace {

constexpr std::string_view magic = "muster TLS session 1\n";
constexpr std::string_view server_word = "server ";
constexpr std::string_view settings_word = "settings ";
constexpr std::size_t max_bytes = 256U << 10U;  // With the server's certificate and a ticket of at most 64 kB.
constexpr std::size_t max_pem_bytes = 16U << 20U;
// What RFC 8446 allows at most; OpenSSL's own limit of two hours would be for its caches.
constexpr long max_lifetime_s = 7L * 24 * 3'600;

Error unusable(std::string why) {
    return {Code::corrupt, std::move(why)};
}

// The rest of a line that begins with the word; takes the line off the text.
std::string_view take_line(std::string_view& text, std::string_view word) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line.substr(0, word.size()) == word ? line.substr(word.size()) : std::string_view();
}

bool is_for(X509& certificate, const std::string& host) {
    return X509_check_ip_asc(&certificate, host.c_str(), 0) == 1 ||
           X509_check_host(&certificate, host.data(), host.size(), 0, nullptr) == 1;
}

// Each with its length, so that no two lists of texts look alike.
void add(std::string& all, std::string_view text) {
    all += std::to_string(text.size()) + ':';
    all += text;
}

Result<void> add_file(std::string& all, const std::filesystem::path& file) {
    const auto content = base::load_file(file, max_pem_bytes);
    if (!content) return content.error();
    add(all, *content);
    return {};
}

Result<void> add_directory(std::string& all, const std::filesystem::path& directory) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
        std::error_code ignored;
        if (at->is_regular_file(ignored)) files.push_back(at->path());
    }
    if (failure) return base::system_error(failure.value(), "cannot read", directory);
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        add(all, file.filename().native());
        if (auto added = add_file(all, file); !added) return added;
    }
    return {};
}

}  // namespace

Result<std::string> fingerprint_of(const MqttTls& tls) {
    std::string all;
    const bool has_identity = !tls.identity_dir.empty();
    const auto certificate = has_identity ? IdentityFiles::in(tls.identity_dir).chain : tls.certificate;
    const bool has_own_anchors = has_identity && tls.ca_file.empty() && tls.ca_directory.empty();
    const auto anchors = has_own_anchors ? IdentityFiles::in(tls.identity_dir).trust_anchors : tls.ca_file;
    for (const auto& file : {certificate, anchors}) {
        add(all, file.empty() ? "none" : "file");
        if (file.empty()) continue;
        if (auto added = add_file(all, file); !added) return std::move(added).error();
    }
    add(all, tls.ca_directory.empty() ? "none" : "directory");
    if (!tls.ca_directory.empty()) {
        if (auto added = add_directory(all, tls.ca_directory); !added) return std::move(added).error();
    }
    add(all, tls.verify_server ? "verified" : "not verified");
    add(all, std::to_string(static_cast<int>(tls.version)));
    add(all, tls.ciphers);
    add(all, tls.alpn);
    return pki::sha256_hex(all);
}

void TlsSessionFile::prepare(SSL_CTX& context) {
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_timeout(&context, max_lifetime_s);
    SSL_CTX_sess_set_new_cb(&context, &TlsSessionFile::keep);
}

void TlsSessionFile::offer(SSL& ssl) {
    SSL_set_app_data(&ssl, this);
    const auto session = load();
    if (!session) account_.note = session.error().message();
    if (session && SSL_set_session(&ssl, session->get()) != 1) account_.note = "OpenSSL does not take the session";
    ERR_clear_error();
}

void TlsSessionFile::look_at(SSL& ssl) {
    account_.is_resumed = SSL_session_reused(&ssl) == 1;
    if (!account_.is_resumed && account_.note.empty()) account_.note = "the server has not taken up the session";
}

int TlsSessionFile::keep(SSL* ssl, SSL_SESSION* session) {
    auto* file = static_cast<TlsSessionFile*>(SSL_get_app_data(ssl));
    if (file == nullptr || SSL_SESSION_is_resumable(session) != 1) return 0;
    file->newest_.reset(session);
    return 1;  // It is ours now.
}

Result<TlsSessionFile::Ticket> TlsSessionFile::load() {
    const std::string name = use_.path.string();
    auto loaded = base::load_secret_file(use_.path, max_bytes);
    const std::optional<Error> failure = loaded ? std::nullopt : std::optional<Error>(loaded.error());
    if (failure && failure->code() == Code::not_found) return unusable("there is no session in " + name + " yet");
    if (failure && failure->code() == Code::unsafe_file) loaded = base::load_file(use_.path, max_bytes);
    const base::Secret content(loaded ? std::move(*loaded) : std::string());
    std::string_view text = content.view();
    holds_something_else_ = !loaded || (!text.empty() && text.substr(0, magic.size()) != magic);
    if (failure) return *failure;
    if (holds_something_else_ || text.empty()) return unusable("there is no TLS session in " + name);
    text.remove_prefix(magic.size());
    const std::string server(take_line(text, server_word));
    if (server != use_.server) return unusable(name + " has a session with " + (server.empty() ? "nobody" : server));
    if (take_line(text, settings_word) != use_.settings)
        return unusable("the session in " + name + " was made with other certificates or settings");
    const pki::Bio bio = pki::memory_bio(text);
    Ticket session(PEM_read_bio_SSL_SESSION(bio.get(), nullptr, nullptr, nullptr));
    if (!session) return unusable("the session in " + name + " is damaged");
    if (auto checked = check(*session); !checked) return std::move(checked).error();
    return session;
}

Result<void> TlsSessionFile::check(const SSL_SESSION& session) const {
    const std::string what = "the session in " + use_.path.string();
    const auto hint = SSL_SESSION_get_ticket_lifetime_hint(&session);
    const long lifetime = std::min(hint == 0 ? SSL_SESSION_get_timeout(&session) : static_cast<long>(hint), max_lifetime_s);
    const auto age = std::time(nullptr) - static_cast<std::time_t>(SSL_SESSION_get_time(&session));
    if (age < 0 || age >= lifetime || SSL_SESSION_is_resumable(&session) != 1) return unusable(what + " has expired");
    if (!use_.verifies_server) return {};
    // A short handshake shows no certificate: that of the long one must still do.
    X509* const server = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(&session));  // It changes nothing, and is declared otherwise.
    if (server == nullptr || !is_for(*server, use_.host)) return unusable(what + " has no certificate of " + use_.host);
    if (X509_cmp_current_time(X509_get0_notAfter(server)) <= 0) return unusable(what + " began with a certificate that has expired");
    return {};
}

Result<void> TlsSessionFile::write(SSL_SESSION& session) const {
    if (holds_something_else_)
        return Error{Code::conflict, use_.path.string() + " holds something else than a TLS session, and is left as it is",
                     "name another file, or remove this one"};
    const pki::Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_SSL_SESSION(bio.get(), &session) != 1) return pki::openssl_error("cannot encode the TLS session");
    std::string text(magic);
    text += std::string(server_word) + use_.server + '\n' + std::string(settings_word) + use_.settings + '\n' + pki::text_of(*bio);
    const base::Secret content(std::move(text));
    return base::store_file(use_.path, content.view(), base::Access::owner_only, base::Existing::replace);
}

void TlsSessionFile::store() {
    if (!newest_) return;
    const auto written = write(*newest_);
    newest_.reset();
    account_.failure = written ? std::nullopt : std::optional<Error>(written.error());
}

}  // namespace muster::fleet

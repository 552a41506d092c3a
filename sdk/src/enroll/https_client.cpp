// SPDX-License-Identifier: Apache-2.0
// One HTTPS request through libcurl.
#include "enroll/https_client.hpp"

#include "base/text.hpp"
#include "enroll/password_guard.hpp"
#include "pki/certificate.hpp"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <strings.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace muster::est {
namespace {

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// A chain of eight certificates needs a tenth of it. Headers have the same limit.
constexpr std::size_t max_answer_bytes = 64U << 10U;

struct Received {
    const HttpsRequest& request;
    HttpsAnswer answer = {};
    std::size_t header_bytes = 0;
    bool is_too_large = false;
    std::string refused_ca = {};  // That is why the server's certificate is not believed; empty: it is not a CA's fault.
};

// Fewer bytes than were handed over tell libcurl to give up.
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) {
    auto& received = *static_cast<Received*>(context);
    const std::size_t bytes = size * count;
    received.is_too_large = received.answer.body.size() + bytes > max_answer_bytes;
    if (received.is_too_large) return 0;
    received.answer.body.append(data, bytes);
    return bytes;
}

void take(std::string_view line, std::string_view name, std::string& value) {
    if (line.size() <= name.size() || ::strncasecmp(line.data(), name.data(), name.size()) != 0) return;
    line.remove_prefix(name.size());
    const auto first = line.find_first_not_of(" \t\r\n");
    const auto last = line.find_last_not_of(" \t\r\n");
    if (first != std::string_view::npos) value = line.substr(first, last - first + 1);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* context) {
    auto& received = *static_cast<Received*>(context);
    const std::string_view line(data, size * count);
    received.header_bytes += line.size();
    received.is_too_large = received.header_bytes > max_answer_bytes;
    if (received.is_too_large) return 0;
    take(line, "retry-after:", received.answer.retry_after);
    take(line, "date:", received.answer.date);
    return line.size();
}

std::string refused_ca_of(X509_STORE_CTX& context) {
    const X509* refused = X509_STORE_CTX_get_current_cert(&context);
    const bool is_ca = X509_STORE_CTX_get_error_depth(&context) > 0;
    return is_ca && refused != nullptr ? base::printable(pki::describe(*refused).subject) : "";
}

// The chain is judged later, with what the answer brings. That it was shown by who has its key, TLS has seen to.
int on_verify_later(X509_STORE_CTX* context, void* exchange) {
    auto& shown = *static_cast<Received*>(exchange)->request.shown;
    const auto add = [&shown](X509* certificate) {
        if (certificate != nullptr && X509_up_ref(certificate) == 1) shown.emplace_back(certificate);
    };
    shown.clear();
    add(X509_STORE_CTX_get0_cert(context));
    const STACK_OF(X509)* others = X509_STORE_CTX_get0_untrusted(context);
    for (int i = 0; i < sk_X509_num(others); ++i) add(sk_X509_value(others, i));
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

// A failed signature leaves errors of ASN.1 in OpenSSL's queue, and libcurl tells of the first it finds there. With them gone it tells
// the verdict: "certificate signature failure", as when a CA was made anew under its old name.
int on_verify(X509_STORE_CTX* context, void* exchange) {
    auto& received = *static_cast<Received*>(exchange);
    const auto& now = received.request.now;
    if (now) X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), std::chrono::system_clock::to_time_t(*now));
    const int verified = X509_verify_cert(context);
    if (verified <= 0) {
        received.refused_ca = refused_ca_of(*context);
        ERR_clear_error();
    }
    return verified;
}

CURLcode on_tls_context(CURL* /*handle*/, void* context, void* exchange) {
    const bool is_later = static_cast<Received*>(exchange)->request.shown != nullptr;
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), is_later ? &on_verify_later : &on_verify, exchange);
    return CURLE_OK;
}

int on_progress(void* context, curl_off_t /*unused*/, curl_off_t /*unused*/, curl_off_t /*unused*/, curl_off_t /*unused*/) {
    return *static_cast<const std::atomic<bool>*>(context) ? 1 : 0;
}

void show_certificate(CURL* handle, const HttpsRequest& request) {
    if (request.client_certificate.empty()) return;
    curl_easy_setopt(handle, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(handle, CURLOPT_SSLCERT, request.client_certificate.c_str());
    curl_easy_setopt(handle, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(handle, CURLOPT_SSLKEY, request.client_key.c_str());
    // Without one libcurl leaves it to OpenSSL, which would ask on the terminal, and wait there.
    curl_easy_setopt(handle, CURLOPT_KEYPASSWD, request.client_key_password == nullptr ? "" : request.client_key_password->c_str());
}

void allow_cancelling(CURL* handle, const HttpsRequest& request) {
    if (request.is_cancelled == nullptr) return;
    // libcurl takes what it only hands back as not const.
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(request.is_cancelled));
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

// Other TLS libraries under libcurl hand over other contexts; they verify as well, and only tell less.
bool is_curl_on_openssl() {
    const char* library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return library != nullptr && std::string_view(library).substr(0, 8) == "OpenSSL/";
}

Result<void> check_shown(const HttpsRequest& request) {
    if (request.shown == nullptr) return {};
    if (!request.body.empty() || !request.username.empty() || !request.client_certificate.empty())
        return Error{Code::internal, "a server that is not known yet gets no more than a question"};
    if (!is_curl_on_openssl()) return Error{Code::internal, "this libcurl is not on OpenSSL, and cannot judge a server later"};
    return {};
}

std::string host_of(const std::string& url) {
    const auto start = url.find("://");
    const auto host = start == std::string::npos ? 0 : start + 3;
    return url.substr(host, url.find('/', host) - host);
}

Error translate(CURLcode code, const char* detail, const Received& received) {
    const HttpsRequest& request = received.request;
    const std::string host = base::printable(host_of(request.url));
    const std::string cause = base::printable(*detail == '\0' ? curl_easy_strerror(code) : detail);
    // No memory: so libcurl calls a header line above a limit of its own.
    if (received.is_too_large || code == CURLE_OUT_OF_MEMORY)
        return {Code::too_large, host + ": the answer has more than 64 KiB", "check that this is an EST server"};
    const bool is_https = request.url.rfind("https://", 0) == 0;
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
            if (is_https) return {Code::corrupt, host + ": the answer is not HTTP (" + cause + ")", "check the port"};
            [[fallthrough]];
        case CURLE_URL_MALFORMAT:
            return {Code::invalid_argument, "'" + base::printable(request.url) + "' is not an https:// URL",
                    "write it as https://HOST:PORT/.well-known/est/TENANT"};
        case CURLE_COULDNT_RESOLVE_HOST:
            return {Code::unreachable, host + ": the name cannot be resolved (" + cause + ")", "check the name and this machine's DNS"};
        case CURLE_OPERATION_TIMEDOUT:
            return {Code::timeout, host + ": no complete answer within " + std::to_string(request.timeout.count()) + " ms"};
        case CURLE_PEER_FAILED_VERIFICATION:
            return {Code::tls,
                    host + ": the server's certificate is not acceptable (" + cause +
                        (received.refused_ca.empty() ? "" : ": the CA " + received.refused_ca) + ")",
                    "check that " + request.trust_anchors.string() + " is this server's CA, the host's name, and this machine's clock"};
        case CURLE_SSL_CACERT_BADFILE:
            return {Code::tls, "the trust anchors " + request.trust_anchors.string() + " cannot be used (" + cause + ")",
                    "name a PEM file with the server's CA certificates"};
        case CURLE_SSL_CERTPROBLEM:
            return {Code::tls, "the client certificate " + request.client_certificate.string() + " cannot be used (" + cause + ")"};
        case CURLE_SSL_CONNECT_ERROR:
            return {Code::tls, host + ": the TLS handshake failed (" + cause + ")"};
        case CURLE_ABORTED_BY_CALLBACK:
            return {Code::stopped, host + ": the request was cancelled"};
        default:
            // With TLS 1.3 a server's verdict on our certificate comes after the handshake, when the answer is read.
            if (cause.find(" alert ") != std::string::npos)
                return {Code::tls, host + ": the server ended the TLS connection (" + cause + ")"};
            return {Code::unreachable, host + ": " + cause};
    }
}

void tell_question(const HttpsRequest& request) {
    if (request.observer == nullptr) return;
    const char* method = request.body.empty() ? "GET" : "POST";
    request.observer->on_question({method, request.url, request.username, !request.client_certificate.empty(), request.body.size()});
}

// What comes may hold the password, if the server has a mind to send it back.
std::string without_password(const std::string& text, const HttpsRequest& request) {
    return holds_password(text, request) ? "***" : text;
}

void tell_reply(const HttpsRequest& request, const HttpsAnswer& answer) {
    if (request.observer == nullptr) return;
    request.observer->on_reply(
        {answer.status, without_password(answer.retry_after, request), without_password(answer.content_type, request), answer.body.size()});
}

}  // namespace

Result<HttpsAnswer> exchange(const HttpsRequest& request) {
    if (auto checked = check_shown(request); !checked) return std::move(checked).error();
    const Curl curl(curl_easy_init(), &curl_easy_cleanup);
    if (!curl) return Error{Code::internal, "libcurl could not be initialised"};
    Received received{request};
    std::array<char, CURL_ERROR_SIZE> detail{};
    Headers headers(nullptr, &curl_slist_free_all);

    CURL* handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_CAINFO, request.shown == nullptr ? request.trust_anchors.c_str() : nullptr);
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);  // Otherwise the system's store, too.
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    if (is_curl_on_openssl()) {
        curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &on_tls_context);
        curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, &received);
    }
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &received);
    if (!request.username.empty()) {
        curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        curl_easy_setopt(handle, CURLOPT_USERNAME, request.username.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, request.password.c_str());
    }
    show_certificate(handle, request);
    allow_cancelling(handle, request);
    if (!request.body.empty()) {
        headers.reset(curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()));
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    }

    tell_question(request);
    const CURLcode outcome = curl_easy_perform(handle);
    if (outcome != CURLE_OK) {
        tell_reply(request, {});
        return translate(outcome, detail.data(), received);
    }
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &received.answer.status);
    char* type = nullptr;
    if (curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != nullptr) received.answer.content_type = type;
    tell_reply(request, received.answer);
    return std::move(received.answer);
}

std::optional<std::chrono::seconds> parse_http_date(const std::string& date) {
    const auto seconds = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

}  // namespace muster::est

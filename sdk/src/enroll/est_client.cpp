// SPDX-License-Identifier: Apache-2.0
// Enrollment over Secure Transport, the client's side.
#include "enroll/est_client.hpp"

#include "base/base64.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "enroll/https_client.hpp"
#include "enroll/password_guard.hpp"

#include <openssl/pkcs7.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace muster::est {
namespace {

using Pkcs7 = std::unique_ptr<PKCS7, pki::Freed<&PKCS7_free>>;

Result<std::vector<pki::Certificate>> parse_pkcs7(const std::string& der) {
    const pki::Bio bio = pki::memory_bio(der);
    const Pkcs7 message(d2i_PKCS7_bio(bio.get(), nullptr));
    if (!message || !PKCS7_type_is_signed(message.get()) || message->d.sign == nullptr) {
        return pki::openssl_error("the answer is not a certs-only PKCS#7 message", Code::corrupt);
    }
    std::vector<pki::Certificate> certificates;
    const STACK_OF(X509)* list = message->d.sign->cert;
    for (int i = 0; i < sk_X509_num(list); ++i) {
        X509* certificate = sk_X509_value(list, i);
        X509_up_ref(certificate);
        certificates.emplace_back(certificate);
    }
    if (certificates.empty()) return Error{Code::corrupt, "the answer's PKCS#7 message holds no certificate"};
    return certificates;
}

// As some send it, though base64 is the rule (RFC 8951, section 3.1): a SEQUENCE, whose length is no text.
bool is_der(std::string_view body) {
    constexpr char sequence = 0x30;
    return body.size() > 1 && body[0] == sequence && static_cast<unsigned char>(body[1]) >= 0x80U;
}

// With the password in it nothing is shown: stars in its place would tell, of a short one, what it is.
std::string quoted(const std::string& said, const HttpsRequest& request, std::size_t max_bytes) {
    return holds_password(said, request) ? "(not shown, for it holds the password)" : base::printable(said, max_bytes);
}

// What a server says is for people: one short line.
std::string reason_in(const std::string& body, const HttpsRequest& request) {
    if (holds_password(body, request)) return ": what it says is not shown, for it holds the password";
    std::string reason = body;
    for (char& c : reason) {
        if (c == '\r' || c == '\n' || c == '\t') c = ' ';
    }
    const auto first = reason.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return ": " + base::printable(reason.substr(first, reason.find_last_not_of(' ') - first + 1));
}

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string after(const HttpsAnswer& answer, const HttpsRequest& request) {
    if (answer.retry_after.empty()) return "a while";
    constexpr std::size_t longest_date = 40;
    return quoted(answer.retry_after, request, longest_date) + (is_number(answer.retry_after) ? " s" : "");
}

Error refused_credentials(const HttpsRequest& request, long status, const std::string& said) {
    if (!request.username.empty() && status == 403) {
        return {Code::denied, "the EST server does not grant this request" + said,
                "ask who runs the server; it may take another key, or a new one-time password"};
    }
    if (!request.username.empty()) {
        return {Code::denied, "the EST server refused the one-time password: it is wrong, used or expired" + said,
                "register the device again for a new one-time password"};
    }
    if (!request.client_certificate.empty() && !request.body.empty()) {
        return {Code::denied, "the EST server does not renew this certificate" + said,
                "register the device again, and enroll it with the new one-time password"};
    }
    return {Code::denied, "the EST server does not show its CA certificates to everybody" + said, "ask the operator of the EST server"};
}

// What the operator has to see to: the server does its part, and our request is one that it does not take.
Error refused_request(const HttpsAnswer& answer, const std::string& said) {
    switch (answer.status) {
        case 400:
        case 422:
            return {Code::rejected, "the EST server refused the request" + said,
                    "check that the device is registered under this id, and what the server demands of keys and names"};
        case 404:
            return {Code::rejected, "the EST server does not know this path" + said, "check the URL, its tenant above all"};
        case 405:
        case 501:
            return {Code::rejected, "the EST server does not do this" + said, "check that this is an EST server's URL (RFC 7030)"};
        case 409:
            return {Code::rejected, "the EST server has something else under this name" + said,
                    "look the device up at the server; register it again if it is to be enrolled anew"};
        case 410:
            return {Code::rejected, "the EST server has nothing here any more" + said, "ask its operator for the URL of today"};
        case 413:
        case 431:
            return {Code::rejected, "the request is too large for the EST server" + said, "take a shorter key, or ask its operator"};
        case 415:
            return {Code::rejected, "the EST server does not take a PKCS#10 request" + said, "check that this is an EST server (RFC 7030)"};
        default:
            return {Code::rejected, "the EST server refused the request" + said, "ask the operator of the EST server"};
    }
}

Error refusal(const HttpsAnswer& answer, const HttpsRequest& request) {
    const std::string said = " (HTTP " + std::to_string(answer.status) + reason_in(answer.body, request) + ")";
    if (answer.status >= 300 && answer.status < 400)
        return {Code::rejected, "the EST server sends elsewhere, which is not followed" + said, "name the server's own URL"};
    if (answer.status >= 500 && answer.status != 501)
        return {Code::unavailable, "the EST server has a problem of its own" + said, "try again later"};
    switch (answer.status) {
        case http_accepted:
            return {Code::unavailable, "the EST server has not decided yet; it asks to come back after " + after(answer, request),
                    "enroll again then, with the same key, before the one-time password expires"};
        case 401:
        case 403:
            return refused_credentials(request, answer.status, said);
        case 429:
            return {Code::unavailable, "the EST server is busy; come back after " + after(answer, request) + said,
                    "enroll again then, and fewer devices at a time"};
        default:
            return refused_request(answer, said);
    }
}

Result<std::vector<pki::Certificate>> fetch(const HttpsRequest& request, ServerWord* word = nullptr) {
    auto answer = exchange(request);
    if (!answer) return std::move(answer).error();
    if (word != nullptr) *word = {answer->status, delay_asked(*answer, request.now.value_or(base::SystemClock().wall_now()))};
    return read_answer(*answer, request);
}

template <class Request>
HttpsRequest request_to(const Request& request, const char* operation) {
    HttpsRequest https;
    https.url = request.est_url;
    while (!https.url.empty() && https.url.back() == '/') https.url.pop_back();
    https.url += operation;
    https.trust_anchors = request.trust_anchors;
    https.timeout = request.timeout;
    https.observer = request.observer;
    return https;
}

HttpsRequest request_as_owner(const Renewal& renewal, const char* operation) {
    HttpsRequest https = request_to(renewal, operation);
    https.client_certificate = renewal.in_use.chain;
    https.client_key = renewal.in_use.key;
    https.client_key_password = renewal.key_password;
    https.is_cancelled = renewal.is_cancelled;
    https.now = renewal.now;
    return https;
}

// HOST or [IPv6], and maybe :PORT.
bool is_authority(std::string_view text) {
    const auto bracket = text.front() == '[' ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return false;
    text.remove_prefix(std::min(text.find(':', bracket), text.size()));
    if (text.empty()) return true;
    constexpr unsigned long most = 65'535;
    constexpr std::size_t most_digits = 5;
    const std::string port(text.substr(1));
    return is_number(port) && port.size() <= most_digits && std::stoul(port) > 0 && std::stoul(port) <= most;
}

Result<std::vector<pki::Certificate>> fetch_issuers(const HttpsRequest& request) {
    auto certificates = fetch(request);
    if (!certificates) return std::move(certificates).error().in("fetch CA certificates");
    return certificates;
}

}  // namespace

Result<void> check_est_url(std::string_view url) {
    constexpr std::size_t longest_url = 2'048;
    constexpr std::string_view scheme = "https://";
    const char* hint = "write it as https://HOST:PORT/.well-known/est/TENANT";
    // Not shown then: it may be a password.
    if (url.find('@') != std::string_view::npos)
        return Error{Code::invalid_argument, "the EST URL has a user name or password in it, where none may stand", hint};
    const auto bad = [&](const char* why) {
        return Error{Code::invalid_argument, "the EST URL '" + base::printable(url) + "' " + why, hint};
    };
    if (url.substr(0, scheme.size()) != scheme) return bad("does not begin with https://");
    const std::string_view host = url.substr(scheme.size());
    if (host.empty() || host.front() == '/' || host.front() == ':') return bad("names no host");
    if (url.size() > longest_url) return bad("has more than 2,048 bytes");
    for (const char c : url) {
        const bool is_plain = c > ' ' && c < 0x7F;
        if (!is_plain || c == '?' || c == '#') return bad("has a character that has no place there");
    }
    if (!is_authority(host.substr(0, host.find('/')))) return bad("has no port from 1 to 65535 behind its host");
    return {};
}

std::chrono::seconds delay_asked(const HttpsAnswer& answer, base::WallTime now) {
    using std::chrono::seconds;
    constexpr seconds longest{99'999'999};
    const std::string& asked = answer.retry_after;
    constexpr std::size_t digits_of_longest = 8;
    if (is_number(asked)) return asked.size() > digits_of_longest ? longest : seconds(std::stol(asked));
    const auto date = parse_http_date(asked);
    if (!date) return seconds(0);
    // The server's clock made the date, and a device's may be years off.
    const auto theirs = parse_http_date(answer.date);
    return std::clamp(*date - theirs.value_or(std::chrono::floor<seconds>(now.time_since_epoch())), seconds(0), longest);
}

Result<std::vector<pki::Certificate>> read_answer(const HttpsAnswer& answer, const HttpsRequest& request) {
    const bool is_success = answer.status == 200 || answer.status == 201;
    if (!is_success) return refusal(answer, request);
    auto certificates = parse_certificates_answer(answer.body);
    if (certificates) return certificates;
    // Servers in the field send many types; which one it was matters only when the body is no certificate.
    constexpr std::size_t longest_type = 200;
    const std::string type =
        answer.content_type.empty() ? "no content type" : "'" + quoted(answer.content_type, request, longest_type) + "'";
    const Error& error = certificates.error();
    return Error{error.code(), error.message() + " (it came as " + type + ")", "check that this is an EST server's URL"};
}

Result<std::vector<pki::Certificate>> parse_certificates_answer(const std::string& body) {
    if (body.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
        auto certificates = pki::parse_certificates(body);
        if (!certificates) return std::move(certificates).error().in("the EST server's answer");
        return certificates;
    }
    if (is_der(body)) return parse_pkcs7(body);
    std::string_view text = body;
    // Armoured as `PKCS7` or, by some, as `PKCS #7 SIGNED DATA`.
    if (const auto armour = text.find("-----BEGIN PKCS"); armour != std::string_view::npos) {
        const auto line_end = text.find('\n', armour);
        text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end);
        text = text.substr(0, text.find("-----END"));
    }
    auto der = base::decode_base64(text);
    if (!der) return std::move(der).error().in("the EST server's answer");
    return parse_pkcs7(*der);
}

Result<std::vector<pki::Certificate>> fetch_ca_certificates(const EnrollRequest& request) {
    return fetch_issuers(request_to(request, "/cacerts"));
}

Result<std::vector<pki::Certificate>> fetch_ca_certificates(const Renewal& renewal) {
    return fetch_issuers(request_as_owner(renewal, "/cacerts"));
}

Result<std::vector<pki::Certificate>> fetch_renewed(const Renewal& renewal, const std::string& csr_der, std::chrono::seconds& retry_after) {
    HttpsRequest https = request_as_owner(renewal, "/simplereenroll");
    https.content_type = "application/pkcs10";
    https.body = base::encode_base64(csr_der);
    ServerWord word;
    auto certificates = fetch(https, &word);
    retry_after = word.retry_after;
    if (!certificates) return std::move(certificates).error().in("renew the certificate");
    return certificates;
}

Result<std::vector<pki::Certificate>> fetch_certificate(const EnrollRequest& request, const std::string& csr_der, ServerWord& word) {
    HttpsRequest https = request_to(request, "/simpleenroll");
    https.content_type = "application/pkcs10";
    https.body = base::encode_base64(csr_der);  // One line, no armour (RFC 8951, section 3.2.2).
    https.username = request.device_id;
    https.password = base::Secret(std::string(request.one_time_password));
    auto certificates = fetch(https, &word);
    if (!certificates) return std::move(certificates).error().in("enroll " + request.device_id);
    return certificates;
}

}  // namespace muster::est

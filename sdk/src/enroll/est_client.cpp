// SPDX-License-Identifier: Apache-2.0
// Enrollment over Secure Transport, the client's side.
#include "enroll/est_client.hpp"

#include "base/base64.hpp"
#include "enroll/https_client.hpp"

#include <openssl/err.h>
#include <openssl/pkcs7.h>

#include <memory>
#include <utility>

namespace muster::est {
namespace {

using Pkcs7 = std::unique_ptr<PKCS7, pki::Freed<&PKCS7_free>>;

constexpr std::size_t max_reason_bytes = 200;

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

// What a server says is for people: printable, short, on one line.
std::string reason_in(const std::string& body) {
    std::string reason;
    for (const char c : body) {
        if (reason.size() == max_reason_bytes) break;
        const bool printable = static_cast<unsigned char>(c) >= 0x20U && c != 0x7F;
        if (printable)
            reason += c;
        else if (!reason.empty() && reason.back() != ' ')
            reason += ' ';
    }
    while (!reason.empty() && reason.back() == ' ') reason.pop_back();
    return reason.empty() ? "" : ": " + reason;
}

Error refusal(const HttpsAnswer& answer) {
    const std::string said = " (HTTP " + std::to_string(answer.status) + reason_in(answer.body) + ")";
    switch (answer.status) {
        case 401:
        case 403:
            return {Code::denied, "the EST server refused the one-time password" + said,
                    "register the device again for a new one-time password"};
        case 202:
            return {Code::unavailable, "the EST server has not decided yet; it asks to come back after " +
                                           (answer.retry_after.empty() ? "a while" : answer.retry_after)};
        case 429:
        case 503:
            return {Code::unavailable, "the EST server is busy" + said};
        case 404:
            return {Code::rejected, "the EST server does not know this path" + said, "check the URL, its tenant above all"};
        default:
            return {Code::rejected, "the EST server refused the request" + said};
    }
}

Result<std::vector<pki::Certificate>> certificates_in(const Result<HttpsAnswer>& answer) {
    if (!answer) return answer.error();
    const bool is_success = answer->status == 200 || answer->status == 201;
    if (!is_success) return refusal(*answer);
    return parse_certificates_answer(answer->body);
}

HttpsRequest request_to(const EnrollRequest& request, const char* operation) {
    HttpsRequest https;
    https.url = request.est_url;
    while (!https.url.empty() && https.url.back() == '/') https.url.pop_back();
    https.url += operation;
    https.trust_anchors = request.trust_anchors;
    https.timeout = request.timeout;
    return https;
}

}  // namespace

Result<std::vector<pki::Certificate>> parse_certificates_answer(const std::string& body) {
    if (body.find("-----BEGIN CERTIFICATE-----") != std::string::npos) return pki::parse_certificates(body);
    std::string text = body;
    const std::string begin = "-----BEGIN PKCS7-----";
    if (const auto start = text.find(begin); start != std::string::npos) {
        text = text.substr(start + begin.size());
        text = text.substr(0, text.find("-----END"));
    }
    auto der = base::decode_base64(text);
    if (!der) return std::move(der).error().in("the EST server's answer");
    return parse_pkcs7(*der);
}

Result<std::vector<pki::Certificate>> fetch_ca_certificates(const EnrollRequest& request) {
    auto certificates = certificates_in(exchange(request_to(request, "/cacerts")));
    if (!certificates) return std::move(certificates).error().in("fetch CA certificates");
    return certificates;
}

Result<std::vector<pki::Certificate>> fetch_certificate(const EnrollRequest& request, const std::string& csr_der) {
    HttpsRequest https = request_to(request, "/simpleenroll");
    https.content_type = "application/pkcs10";
    https.body = base::encode_base64(csr_der);  // One line, no armour (RFC 8951, section 3.2.2).
    https.username = request.device_id;
    https.password = request.one_time_password;
    auto certificates = certificates_in(exchange(https));
    OPENSSL_cleanse(https.password.data(), https.password.size());
    if (!certificates) return std::move(certificates).error().in("enroll " + request.device_id);
    return certificates;
}

}  // namespace muster::est

// SPDX-License-Identifier: Apache-2.0
// What a server shows of itself when TLS begins, taken by way of libcurl.
#include "base/text.hpp"
#include "enroll/https_client.hpp"
#include "pki/certificate.hpp"
#include "pki/chain.hpp"

#include <muster/server_inspection.hpp>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::pki {
namespace {

using Curl = std::unique_ptr<CURL, Freed<&curl_easy_cleanup>>;
using Url = std::unique_ptr<CURLU, Freed<&curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, Freed<&curl_free>>;

struct Scheme {
    std::string_view prefix;
    const char* port;
};
constexpr std::array schemes{Scheme{"mqtts://", "8883"}, Scheme{"https://", "443"}, Scheme{"wss://", "443"}};

struct Target {
    std::string url;   // For libcurl.
    std::string host;  // Without brackets.
    int port = 0;

    [[nodiscard]] std::string name() const { return base::printable(url.substr(url.find("://") + 3)); }
};

struct Taken {
    std::vector<Certificate> certificates;
    std::string tls_version;
    std::string cipher;
};

std::string part_of(CURLU& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(&url, part, &text, 0) != CURLUE_OK) return "";
    return CurlText(text).get();
}

Result<Target> parse(const std::string& text) {
    const Error wrong{Code::invalid_argument, "'" + base::printable(text) + "' is not the URL of a TLS server",
                      "write it as mqtts://HOST:PORT, https://HOST:PORT or wss://HOST:PORT"};
    for (const auto& scheme : schemes) {
        if (text.rfind(scheme.prefix, 0) != 0) continue;
        const Url url(curl_url());
        const std::string as_https = std::string("https://").append(text, scheme.prefix.size(), std::string::npos);
        if (curl_url_set(url.get(), CURLUPART_URL, as_https.c_str(), 0) != CURLUE_OK) return wrong;
        const std::string host = part_of(*url, CURLUPART_HOST);
        const std::string given = part_of(*url, CURLUPART_PORT);
        const std::string port = given.empty() ? scheme.port : given;
        const int number = std::atoi(port.c_str());
        if (host.empty() || number == 0 || !part_of(*url, CURLUPART_USER).empty()) return wrong;
        const bool is_ipv6 = host.front() == '[';
        Target target{"https://", is_ipv6 ? host.substr(1, host.size() - 2) : host, number};
        target.url.append(host).append(":").append(port);
        return target;
    }
    return wrong;
}

// Called once the server has shown its certificates, whatever becomes of the handshake.
int on_shown(X509_STORE_CTX* context, void* taken_by) {
    auto& taken = *static_cast<Taken*>(taken_by);
    const auto add = [&taken](X509* certificate) {
        if (certificate != nullptr && X509_up_ref(certificate) == 1) taken.certificates.emplace_back(certificate);
    };
    taken.certificates.clear();
    const STACK_OF(X509)* shown = X509_STORE_CTX_get0_untrusted(context);
    if (sk_X509_num(shown) <= 0) add(X509_STORE_CTX_get0_cert(context));
    for (int i = 0; i < sk_X509_num(shown); ++i) add(sk_X509_value(shown, i));
    const auto* tls = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (tls != nullptr) {
        taken.tls_version = SSL_get_version(tls);
        const SSL_CIPHER* cipher = SSL_get_pending_cipher(tls);
        taken.cipher = SSL_CIPHER_get_name(cipher != nullptr ? cipher : SSL_get_current_cipher(tls));
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

CURLcode on_tls_context(CURL* /*handle*/, void* context, void* taken) {
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), &on_shown, taken);
    return CURLE_OK;
}

Error translate(CURLcode code, const char* detail, const Target& target, std::chrono::milliseconds timeout) {
    const std::string cause = base::printable(*detail == '\0' ? curl_easy_strerror(code) : detail);
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return {Code::unreachable, target.name() + ": the name cannot be resolved (" + cause + ")",
                    "check the name and this machine's DNS"};
        case CURLE_OPERATION_TIMEDOUT:
            return {Code::timeout, target.name() + ": no TLS within " + std::to_string(timeout.count()) + " ms", "check the port"};
        case CURLE_SSL_CONNECT_ERROR:
            return {Code::tls, target.name() + ": the server showed no certificate (" + cause + ")",
                    "check that this port is for TLS: a plain mqtt:// or http:// port answers like this"};
        default:
            return {Code::unreachable, target.name() + ": " + cause};
    }
}

// Why the server went no further; empty if it did.
Result<std::string> shake_hands(const Target& target, std::chrono::milliseconds timeout, Taken& taken) {
    const Curl curl(curl_easy_init());
    if (!curl) return Error{Code::internal, "libcurl could not be initialised"};
    std::array<char, CURL_ERROR_SIZE> detail{};
    CURL* handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, target.url.c_str());
    curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_SSL_ENABLE_ALPN, 0L);  // It would say HTTP, also to a broker.
    curl_easy_setopt(handle, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    // Whom it names and who vouches for it is judged afterwards.
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &on_tls_context);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, &taken);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode outcome = curl_easy_perform(handle);
    ERR_clear_error();
    if (outcome == CURLE_OK) return std::string();
    if (taken.certificates.empty()) return translate(outcome, detail.data(), target, timeout);
    return base::printable(detail.front() == '\0' ? curl_easy_strerror(outcome) : detail.data());
}

}  // namespace

Result<ShownChain> inspect_server(const ServerInspection& inspection) {
    if (auto checked = est::check_timeout(inspection.timeout); !checked) return std::move(checked).error();
    auto target = parse(inspection.url);
    if (!target) return std::move(target).error();
    Taken taken;
    auto refusal = shake_hands(*target, inspection.timeout, taken);
    if (!refusal) return std::move(refusal).error();
    if (taken.certificates.empty()) return Error{Code::tls, target->name() + ": the server showed no certificate"};

    ShownChain shown{target->host, target->port, taken.tls_version, taken.cipher, {}, {}, std::move(*refusal)};
    for (const auto& certificate : taken.certificates) shown.certificates.push_back(describe(*certificate));
    if (inspection.trust_anchors.empty()) return shown;
    ChainOptions options;
    options.trust_anchors = inspection.trust_anchors;
    options.host = target->host;
    options.purpose = Purpose::server;
    auto verdict = judge_chain(taken.certificates, options);
    if (!verdict) return std::move(verdict).error();
    shown.verdict = std::move(*verdict);
    return shown;
}

}  // namespace muster::pki

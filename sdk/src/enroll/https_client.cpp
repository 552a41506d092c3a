// SPDX-License-Identifier: Apache-2.0
// One HTTPS request through libcurl.
#include "enroll/https_client.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <array>
#include <memory>

namespace muster::est {
namespace {

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr std::size_t max_answer_bytes = 64U << 10U;  // A chain of eight certificates needs a tenth of it.

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) {
    auto& body = *static_cast<std::string*>(context);
    if (body.size() + size * count > max_answer_bytes) return 0;
    body.append(data, size * count);
    return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* context) {
    static constexpr std::string_view name = "retry-after:";
    const std::string_view line(data, size * count);
    if (line.size() > name.size() && ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
        const auto value = line.substr(name.size());
        const auto first = value.find_first_not_of(" \t");
        const auto last = value.find_last_not_of(" \t\r\n");
        if (first != std::string_view::npos) *static_cast<std::string*>(context) = value.substr(first, last - first + 1);
    }
    return size * count;
}

std::string host_of(const std::string& url) {
    const auto start = url.find("://");
    const auto host = start == std::string::npos ? 0 : start + 3;
    return url.substr(host, url.find('/', host) - host);
}

Error translate(CURLcode code, const char* detail, const HttpsRequest& request, std::size_t received) {
    const std::string host = host_of(request.url);
    const std::string cause = *detail == '\0' ? curl_easy_strerror(code) : detail;
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return {Code::invalid_argument, "'" + request.url + "' is not an https:// URL",
                    "write it as https://HOST:PORT/.well-known/est/TENANT"};
        case CURLE_COULDNT_RESOLVE_HOST:
            return {Code::unreachable, host + ": the name cannot be resolved (" + cause + ")"};
        case CURLE_OPERATION_TIMEDOUT:
            return {Code::timeout, host + ": no complete answer within " + std::to_string(request.timeout.count()) + " ms"};
        case CURLE_PEER_FAILED_VERIFICATION:
            return {Code::tls, host + ": the server's certificate is not acceptable (" + cause + ")",
                    "check that " + request.trust_anchors.string() + " is this server's CA"};
        case CURLE_SSL_CACERT_BADFILE:
            return {Code::tls, "the trust anchors " + request.trust_anchors.string() + " cannot be used (" + cause + ")",
                    "name a PEM file with the server's CA certificates"};
        case CURLE_SSL_CONNECT_ERROR:
            return {Code::tls, host + ": the TLS handshake failed (" + cause + ")"};
        case CURLE_WRITE_ERROR:
            if (received > 0) return {Code::too_large, host + ": the answer has more than 64 KiB"};
            [[fallthrough]];
        default:
            return {Code::unreachable, host + ": " + cause};
    }
}

}  // namespace

Result<HttpsAnswer> exchange(const HttpsRequest& request) {
    const Curl curl(curl_easy_init(), &curl_easy_cleanup);
    if (!curl) return Error{Code::internal, "libcurl could not be initialised"};
    HttpsAnswer answer;
    std::array<char, CURL_ERROR_SIZE> detail{};
    Headers headers(nullptr, &curl_slist_free_all);

    CURL* handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_CAINFO, request.trust_anchors.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer.retry_after);
    if (!request.username.empty()) {
        curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        curl_easy_setopt(handle, CURLOPT_USERNAME, request.username.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, request.password.c_str());
    }
    if (!request.body.empty()) {
        headers.reset(curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()));
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    }

    const CURLcode outcome = curl_easy_perform(handle);
    if (outcome != CURLE_OK) return translate(outcome, detail.data(), request, answer.body.size());
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    char* type = nullptr;
    if (curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != nullptr) answer.content_type = type;
    return answer;
}

}  // namespace muster::est

// SPDX-License-Identifier: Apache-2.0
// HTTP over the UNIX socket.
#include "admin.hpp"

#include <stdexcept>

namespace muster::bench {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* answer) {
    static_cast<std::string*>(answer)->append(data, size * count);
    return size * count;
}

}  // namespace

Admin::Admin(const std::filesystem::path& socket) : curl_(curl_easy_init()) {
    curl_easy_setopt(curl_.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, &append);
}

void Admin::call(const std::string& method, const std::string& path, const std::string& body) {
    std::string answer;
    curl_easy_setopt(curl_.get(), CURLOPT_URL, ("http://localhost" + path).c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &answer);
    const CURLcode outcome = curl_easy_perform(curl_.get());
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    constexpr long first_refusal = 400;
    if (outcome != CURLE_OK || status >= first_refusal)
        throw std::runtime_error("muster's admin API, " + method + " " + path + ": " +
                                 (outcome == CURLE_OK ? answer : curl_easy_strerror(outcome)));
}

}  // namespace muster::bench

// SPDX-License-Identifier: Apache-2.0
// The proxy of a configuration, as a link wants it.
#include "device/proxy.hpp"

#include "base/files.hpp"

#include <cstdlib>
#include <utility>

namespace muster::device {
namespace {

// RFC 3986, section 2.1; the transport decodes it.
std::string percent_encoded(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return encoded;
}

// Without the scheme: Paho takes off `http://` for connections without TLS, and `https://` for those with it.
std::string without_scheme(const std::string& url) {
    const auto end = url.find("://");
    std::string rest = end == std::string::npos ? url : url.substr(end + 3);
    if (!rest.empty() && rest.back() == '/') rest.pop_back();
    return rest;
}

Result<std::string> configured(const ProxyConfig& proxy) {
    const std::string place = without_scheme(proxy.url);
    if (proxy.username.empty()) return place;
    auto password = base::load_secret_file(proxy.password_file);
    if (!password) return std::move(password).error().in("proxy.password_file");
    const std::string first_line = password->substr(0, password->find_first_of("\r\n"));
    return percent_encoded(proxy.username) + ":" + percent_encoded(first_line) + "@" + place;
}

std::string from_environment(const base::Endpoint& endpoint) {
    const char* const value = std::getenv(endpoint.is_tls() ? "https_proxy" : "http_proxy");
    return value == nullptr ? std::string() : without_scheme(value);
}

}  // namespace

Result<std::vector<std::string>> proxies_of(const DeviceConfig& config, const std::vector<base::Endpoint>& endpoints) {
    if (!config.proxy.url.empty()) {
        const auto proxy = configured(config.proxy);
        if (!proxy) return proxy.error();
        return std::vector<std::string>(endpoints.size(), *proxy);
    }
    std::vector<std::string> proxies;
    proxies.reserve(endpoints.size());
    for (const auto& endpoint : endpoints) proxies.push_back(config.proxy.from_environment ? from_environment(endpoint) : std::string());
    return proxies;
}

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// What a proxy says to CONNECT, and what mends it.
#include "doctor/proxy_check.hpp"

#include "doctor/identity_client.hpp"
#include "messages/proxy.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace muster::cli::doctor {
namespace {

namespace probe = fleet::probe;
using std::chrono::milliseconds;

constexpr int first_server_error = 500;
constexpr int not_implemented = 501;
constexpr const char* other_port = "name the port of an HTTP proxy that knows CONNECT";

// RFC 3986, section 2.1.
std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const digits = text.data() + i + 1;
        const bool is_encoded = text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        decoded += is_encoded ? static_cast<char>(byte) : text[i];
        if (is_encoded) i += 2;
    }
    return decoded;
}

std::string without_end_slash(std::string url) {
    if (!url.empty() && url.back() == '/') url.pop_back();
    return url;
}

// As a device reads it: `[http://][USER[:PASSWORD]@]HOST:PORT`, percent-encoded.
Result<fleet::MqttProxy> from_environment(const probe::Endpoint& endpoint) {
    const char* const name = endpoint.is_tls() ? "https_proxy" : "http_proxy";
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') return fleet::MqttProxy();
    std::string_view rest = value;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
    fleet::MqttProxy proxy;
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        const auto who = rest.substr(0, at);
        const auto colon = std::min(who.find(':'), who.size());
        proxy.username = percent_decoded(who.substr(0, colon));
        if (colon < who.size()) proxy.password = percent_decoded(who.substr(colon + 1));
        rest.remove_prefix(at + 1);
    }
    proxy.url = without_end_slash("http://" + std::string(rest));
    if (auto checked = fleet::check_proxy(proxy.url); !checked) return std::move(checked).error().in(name);
    return proxy;
}

Result<fleet::MqttProxy> proxy_of(const DoctorOptions& options, const probe::Endpoint& endpoint) {
    if (!options.proxy.empty()) return parse_proxy(options.proxy);
    const ProxyConfig& device = options.device_proxy;
    if (!device.url.empty()) return fleet::MqttProxy{without_end_slash(device.url), device.username, {}};
    return device.from_environment ? from_environment(endpoint) : fleet::MqttProxy();
}

std::string place_of(const probe::Endpoint& endpoint) {
    const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

// Of an answer that is the proxy's own; a 502 and its like speak of the broker.
std::string mend(const probe::ProxyAnswer& answer, const Way& way) {
    if (answer.status == 407)
        return way.proxy.username.empty() ? "name its user in --proxy, as USER@ before the host, and give --proxy-password-file FILE"
                                          : "correct the user in --proxy, or the password in --proxy-password-file";
    if (answer.status == 401 || answer.status == 403) return "let the proxy allow CONNECT to " + place_of(way.endpoint);
    return other_port;
}

Finding ask(const Way& way, milliseconds timeout) {
    const auto answer = probe::ask_proxy(way.route(), timeout);
    if (answer.failure) {
        const Error& error = *answer.failure;
        if (!answer.is_there && error.code() == Code::timeout)
            return fail(error.message(), "look for a firewall between here and there, or correct --proxy");
        if (!answer.is_there) return fail(error.message(), "start the proxy, or correct --proxy");
        return fail(error.message(),
                    error.code() == Code::timeout ? "name the port of an HTTP proxy: this one is open and silent" : other_port);
    }
    const bool speaks_of_broker = answer.status >= first_server_error && answer.status != not_implemented;
    if (!answer.is_open() && !speaks_of_broker)
        return fail("the proxy " + way.proxy.url + " answers " + answer.reason + " to CONNECT " + place_of(way.endpoint),
                    mend(answer, way));
    Finding finding = good(way.proxy.url + (answer.is_open() ? " leads to " : " is there, asked for ") + place_of(way.endpoint));
    finding.details["status"] = answer.status;
    return finding;
}

}  // namespace

Result<void> choose_proxies(const DoctorOptions& options, std::vector<Way>& ways) {
    for (auto& way : ways) {
        auto proxy = proxy_of(options, way.endpoint);
        if (!proxy) return std::move(proxy).error();
        way.proxy = std::move(*proxy);
    }
    if (options.proxy_password_file.empty()) return {};
    if (options.proxy_password_file == "-")
        return Error{Code::invalid_argument, "--proxy-password-file: muster doctor looks at files", "give the name of a file of mode 0600"};
    const auto proxy = parse_proxy(options.proxy);
    if (proxy && proxy->username.empty())
        return Error{Code::invalid_argument, "--proxy-password-file needs a user in --proxy", "write USER@ before its host"};
    return {};
}

Result<void> load_proxy_password(const DoctorOptions& options, std::vector<Way>& ways) {
    std::filesystem::path file = options.proxy_password_file;
    if (options.proxy.empty()) file = options.device_proxy.password_file;
    if (file.empty()) return {};
    const auto password = load_password(file);
    if (!password) return Error(password.error()).in("the proxy's password");
    for (auto& way : ways) way.proxy.password = *password;
    return {};
}

Finding check_proxies(std::vector<Way>& ways, milliseconds timeout) {
    std::vector<Finding> findings;
    for (auto& way : ways) {
        if (way.proxy.url.empty()) continue;
        findings.push_back(ask(way, timeout));
        if (findings.back().state == State::failed) way.addresses.clear();
    }
    return findings.empty() ? nothing("no proxy is used") : of_all(findings);
}

}  // namespace muster::cli::doctor

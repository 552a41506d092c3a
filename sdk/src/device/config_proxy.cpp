// SPDX-License-Identifier: Apache-2.0
// Through what brokers are reached: the group `proxy` of a configuration.
#include "base/uri.hpp"
#include "device/config_groups.hpp"

#include <string>

namespace muster::device {
namespace {

Result<void> check_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    const char* const how = "write it as http://HOST:PORT";
    if (url.find('@') != std::string::npos) {
        // Not shown: it may hold a password.
        return Error{Code::invalid_argument, "proxy.url has a user name or password in it, where none may stand",
                     "set proxy.username and proxy.password_file"};
    }
    if (url.rfind(scheme, 0) != 0) return Error{Code::invalid_argument, "proxy.url '" + url + "' does not begin with http://", how};
    // Host and port are written as in an endpoint, but for a usual port: proxies have none.
    const std::string place = url.substr(scheme.size());
    const auto parsed = base::parse_endpoint("mqtt://" + place);
    const bool has_port = parsed && parsed->url() == "mqtt://" + place;
    if (!has_port) return Error{Code::invalid_argument, "proxy.url '" + url + "' is not a host and a port", how};
    return {};
}

}  // namespace

FieldReader proxy_reader(ProxyConfig& target, const std::filesystem::path& base_directory) {
    return [&target, base_directory](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"url", text(target.url)},
                            {"username", text(target.username)},
                            {"password_file", file(target.password_file, base_directory)},
                            {"from_environment", flag(target.from_environment)}});
    };
}

Result<void> check_proxy(const DeviceConfig& config) {
    const auto& proxy = config.proxy;
    if (proxy.username.empty() != proxy.password_file.empty())
        return Error{Code::invalid_argument, "proxy.username and proxy.password_file belong together, and only one is set"};
    if (proxy.url.empty() && !proxy.username.empty())
        return Error{Code::invalid_argument, "proxy.username is set, and there is no proxy.url"};
    if (proxy.url.empty()) return {};
    if (proxy.from_environment) return Error{Code::invalid_argument, "proxy.url and proxy.from_environment are both set", "choose one"};
    return check_url(proxy.url);
}

}  // namespace muster::device

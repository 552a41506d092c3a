// SPDX-License-Identifier: Apache-2.0
// A user before the @, and a password from a file.
#include "messages/proxy.hpp"

#include "secrets.hpp"

#include <utility>

namespace muster::cli {
namespace {

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

}  // namespace

Result<fleet::MqttProxy> parse_proxy(const std::string& flag) {
    fleet::MqttProxy proxy;
    proxy.url = flag;
    if (const auto at = flag.find('@'); at != std::string::npos) {
        const auto begin = flag.find("://");
        if (begin == std::string::npos || begin + 3 > at) return refuse("--proxy: write it as http://[USER@]HOST:PORT");
        proxy.username = flag.substr(begin + 3, at - begin - 3);
        proxy.url = flag.substr(0, begin + 3) + flag.substr(at + 1);
        if (proxy.username.find(':') != std::string::npos)
            return refuse("--proxy: a password has no place on a command line", "give --proxy-password-file FILE");
    }
    if (proxy.url.empty()) return proxy;
    if (auto checked = fleet::check_proxy(proxy.url); !checked) return std::move(checked).error();
    return proxy;
}

Result<fleet::MqttProxy> load_proxy(const std::string& flag, const std::string& password_file, std::istream& in) {
    auto proxy = parse_proxy(flag);
    if (!proxy || password_file.empty()) return proxy;
    if (proxy->username.empty()) return refuse("--proxy-password-file needs a user in --proxy", "write it as http://USER@HOST:PORT");
    auto password = load_secret(password_file, in, "--proxy-password-file");
    if (!password) return std::move(password).error();
    proxy->password = std::move(*password);
    return proxy;
}

}  // namespace muster::cli

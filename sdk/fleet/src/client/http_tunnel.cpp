// SPDX-License-Identifier: Apache-2.0
// A question and its answer.
#include "client/http_tunnel.hpp"

#include "base/base64.hpp"
#include "base/text.hpp"
#include "client/http_note.hpp"

#include <string_view>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::uint16_t usual_proxy_port = 3128;

}  // namespace

Result<ProxyPlace> parse_proxy(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (url.rfind(scheme, 0) != 0)
        return Error{Code::invalid_argument, "proxy '" + base::printable(url) + "': write it as http://HOST:PORT"};
    // As an endpoint of MQTT is written.
    auto parsed = base::parse_endpoint("mqtt://" + url.substr(scheme.size()));
    if (!parsed)
        return Error{Code::invalid_argument, "proxy '" + base::printable(url) + "': write it as http://HOST:PORT", parsed.error().hint()};
    const bool has_port = url.find(':', scheme.size()) != std::string::npos;
    return ProxyPlace{parsed->host, has_port ? parsed->port : usual_proxy_port};
}

Result<void> check_proxy(const std::string& url) {
    const auto place = parse_proxy(url);
    return place ? Result<void>() : Result<void>(place.error());
}

std::string ask_for_tunnel(const MqttProxy& proxy, const base::Endpoint& endpoint, const MqttObserver& observer) {
    const std::string place = endpoint.authority();
    std::string request = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
    if (!proxy.username.empty())
        request += "Proxy-Authorization: Basic " + base::encode_base64(proxy.username + ":" + proxy.password) + "\r\n";
    tell_http_request(observer, "CONNECT " + place, !proxy.username.empty());
    return request + "\r\n";
}

Result<std::optional<TunnelAnswer>> take_tunnel_answer(std::string& got, const MqttObserver& observer) {
    auto answer = transport::take_http_answer(got, "proxy", http_observer(observer));
    if (!answer) return std::move(answer).error();
    if (!*answer) return std::optional<TunnelAnswer>();
    return std::optional<TunnelAnswer>({(*answer)->status, std::move((*answer)->reason)});
}

Error refusal_of(const TunnelAnswer& answer, const MqttProxy& proxy) {
    return transport::http_refusal(answer.status, answer.reason, "the proxy " + proxy.url, Code::unreachable);
}

}  // namespace muster::fleet

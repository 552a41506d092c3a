// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1, as far as it takes.
#include "client/http_tunnel.hpp"

#include "base/base64.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace muster::fleet {
namespace {

constexpr std::size_t max_head_bytes = 16U << 10U;
constexpr int switching_protocols = 101;
constexpr std::uint16_t usual_proxy_port = 3128;
constexpr std::string_view end_of_head = "\r\n\r\n";
// RFC 6455, section 1.3.
constexpr std::string_view websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

struct Answer {
    int status = 0;
    std::string reason;
    std::string head;  ///< In lower case.
    std::string rest;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

// None: it is not whole yet.
Result<std::optional<Answer>> parse_answer(const std::string& got, const char* whose) {
    const Error no_http(Code::unreachable, std::string(whose) + ": the answer is not HTTP");
    const std::size_t end = got.find(end_of_head);
    if (end == std::string::npos) return got.size() > max_head_bytes ? Result<std::optional<Answer>>(no_http) : std::optional<Answer>();
    Answer answer;
    const std::string_view line = std::string_view(got).substr(0, got.find("\r\n"));
    const bool is_http = line.rfind("HTTP/1.", 0) == 0 && line.size() >= 12;
    if (is_http) std::from_chars(line.data() + 9, line.data() + 12, answer.status);
    if (answer.status == 0) return no_http;
    answer.reason = base::printable(line.substr(9));
    answer.head = lower(got.substr(0, end + 2));
    answer.rest = got.substr(end + end_of_head.size());
    return std::optional<Answer>(std::move(answer));
}

Result<Answer> read_answer(ByteStream& stream, const Patience& patience, const char* whose) {
    std::string got;
    for (;;) {
        auto answer = parse_answer(got, whose);
        if (!answer) return std::move(answer).error();
        if (*answer) return std::move(**answer);
        if (auto more = stream.read_more(got, patience, whose); !more) return more.error();
    }
}

std::string header(const Answer& answer, const std::string& name) {
    const auto begin = answer.head.find("\r\n" + name + ":");
    if (begin == std::string::npos) return {};
    const auto first = answer.head.find_first_not_of(" \t", begin + name.size() + 3);
    return answer.head.substr(first, answer.head.find("\r\n", first) - first);
}

Error refusal(const Answer& answer, const std::string& whose, Code otherwise) {
    const bool is_denied = answer.status == 401 || answer.status == 403 || answer.status == 407;
    return {is_denied ? Code::denied : otherwise, whose + " answers " + answer.reason};
}

std::string authority_of(const base::Endpoint& endpoint) {
    const std::string url = endpoint.url();
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.size() - begin - endpoint.path.size());
}

std::string accept_of(const std::string& key) {
    const std::string text = key + std::string(websocket_guid);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return base::encode_base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string random_key() {
    base::SystemRandom random;
    const std::array<std::uint64_t, 2> bits{random.next(), random.next()};
    return base::encode_base64({reinterpret_cast<const char*>(bits.data()), sizeof bits});
}

void tell_sent(const MqttObserver& observer, const std::string& line, bool is_authorised) {
    if (!observer) return;
    MqttPacket note{true, "HTTP", {}, {{"", line}}};
    if (is_authorised) note.fields.push_back({"Proxy-Authorization", std::string(mqtt_hidden)});
    observer(note);
}

void tell_received(const MqttObserver& observer, const Answer& answer) {
    if (observer) observer({false, "HTTP", {}, {{"", answer.reason}}});
}

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

Result<void> open_tunnel(ByteStream& stream, const MqttProxy& proxy, const base::Endpoint& endpoint, const Patience& patience,
                         const MqttObserver& observer) {
    const std::string place = authority_of(endpoint);
    std::string request = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
    if (!proxy.username.empty())
        request += "Proxy-Authorization: Basic " + base::encode_base64(proxy.username + ":" + proxy.password) + "\r\n";
    tell_sent(observer, "CONNECT " + place, !proxy.username.empty());
    if (auto sent = stream.write_all(request + "\r\n", patience); !sent) return sent;
    const auto answer = read_answer(stream, patience, "proxy");
    if (!answer) return answer.error();
    tell_received(observer, *answer);
    if (answer->status / 100 == 2) return {};
    return refusal(*answer, "the proxy " + proxy.url, Code::unreachable);
}

WebSocketRequest ask_for_websocket(const base::Endpoint& endpoint, const MqttObserver& observer) {
    WebSocketRequest request{"", random_key()};
    request.text = "GET " + endpoint.path + " HTTP/1.1\r\nHost: " + authority_of(endpoint) +
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + request.key +
                   "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    tell_sent(observer, "GET " + endpoint.path, false);
    return request;
}

Result<bool> take_websocket_answer(std::string& got, const std::string& key, const base::Endpoint& endpoint, const MqttObserver& observer) {
    auto parsed = parse_answer(got, "WebSocket");
    if (!parsed) return std::move(parsed).error();
    if (!*parsed) return false;
    Answer& answer = **parsed;
    tell_received(observer, answer);
    if (answer.status != switching_protocols) return refusal(answer, "no WebSocket at " + endpoint.path + ": the server", Code::rejected);
    if (header(answer, "sec-websocket-accept") != lower(accept_of(key)) || header(answer, "sec-websocket-protocol") != "mqtt")
        return Error{Code::rejected, "the server's WebSocket at " + endpoint.path + " does not speak MQTT"};
    got = std::move(answer.rest);
    return true;
}

Result<void> upgrade_to_websocket(ByteStream& stream, const base::Endpoint& endpoint, const Patience& patience, std::string& rest,
                                  const MqttObserver& observer) {
    const WebSocketRequest request = ask_for_websocket(endpoint, observer);
    if (auto sent = stream.write_all(request.text, patience); !sent) return sent;
    for (;;) {
        const auto taken = take_websocket_answer(rest, request.key, endpoint, observer);
        if (!taken) return taken.error();
        if (*taken) return {};
        if (auto more = stream.read_more(rest, patience, "WebSocket"); !more) return more;
    }
}

}  // namespace muster::fleet

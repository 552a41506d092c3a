// SPDX-License-Identifier: Apache-2.0
// URLs of places to listen at, as flags give them.
#include "commands/listen_url.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace muster::cli {
namespace {

using testbroker::ClientCertificates;
using testbroker::Listener;
using testbroker::ListenerScheme;

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view client_cert = "client-cert=";
constexpr std::array<std::pair<std::string_view, ListenerScheme>, 4> schemes{
    {{"mqtt", ListenerScheme::mqtt}, {"mqtts", ListenerScheme::mqtts}, {"ws", ListenerScheme::ws}, {"wss", ListenerScheme::wss}}};
constexpr std::array<std::pair<std::string_view, ClientCertificates>, 3> client_certificates{
    {{"required", ClientCertificates::required}, {"optional", ClientCertificates::optional}, {"off", ClientCertificates::off}}};

template <class Names, class Value>
bool look_up(const Names& names, std::string_view name, Value& value) {
    for (const auto& [known, meaning] : names) {
        if (known != name) continue;
        value = meaning;
        return true;
    }
    return false;
}

Error wrong(const std::string& url, const std::string& what, const std::string& hint = {}) {
    return {Code::invalid_argument, "--listen '" + url + "': " + what, hint};
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& url, const std::string& flag) {
    const Error error{Code::invalid_argument, flag + " '" + url + "' is not SCHEME://ADDRESS:PORT",
                      "for example mqtts://127.0.0.1:8883 or mqtts://[::1]:8883; port 0 lets the system choose"};
    const auto scheme_end = url.find("://");
    const auto colon = url.rfind(':');
    if (scheme_end == std::string::npos || colon < scheme_end + 3) return error;
    ListenAddress parsed{url.substr(0, scheme_end), url.substr(scheme_end + 3, colon - scheme_end - 3), 0};
    if (parsed.address.size() > 2 && parsed.address.front() == '[' && parsed.address.back() == ']') {
        parsed.address = parsed.address.substr(1, parsed.address.size() - 2);
    } else if (parsed.address.find(':') != std::string::npos) {
        return error;  // An IPv6 address whose end nobody can tell.
    }
    const char* end = url.data() + url.size();
    const auto [stop, status] = std::from_chars(url.data() + colon + 1, end, parsed.port);
    if (parsed.address.empty() || status != std::errc() || stop != end) return error;
    return parsed;
}

Result<Listener> parse_listener(const std::string& url) {
    Listener listener;
    if (url.rfind(unix_prefix, 0) == 0) {
        listener.scheme = ListenerScheme::unix_socket;
        listener.path = url.substr(unix_prefix.size());
        if (listener.path.empty()) return wrong(url, "a UNIX socket needs a path", "for example unix:/run/broker.sock");
        return listener;
    }
    const auto question = url.find('?');
    auto parsed = parse_listen_address(url.substr(0, question), "--listen");
    if (!parsed) return std::move(parsed).error();
    if (!look_up(schemes, parsed->scheme, listener.scheme))
        return wrong(url, "this broker serves mqtts://, mqtt://, wss://, ws:// and unix:");
    listener.address = std::move(parsed->address);
    listener.port = parsed->port;
    if (question == std::string::npos) return listener;

    const std::string_view query = std::string_view(url).substr(question + 1);
    const bool is_known = query.substr(0, client_cert.size()) == client_cert;
    if (!is_known || !look_up(client_certificates, query.substr(client_cert.size()), listener.client_certificates))
        return wrong(url, "what follows '?' must be client-cert=required, client-cert=optional or client-cert=off");
    if (listener.scheme != ListenerScheme::mqtts && listener.scheme != ListenerScheme::wss)
        return wrong(url, "only mqtts:// and wss:// can ask for client certificates");
    return listener;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The steps before MQTT: name, port, TLS.
#include "base/uri.hpp"
#include "probe/reach.hpp"
#include "probe/tls_context.hpp"

#include <muster/fleet/probe.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace muster::fleet::probe {
namespace {

using std::chrono::steady_clock;

// A server gives its session right behind the handshake; one that gives none is not waited for any longer.
constexpr milliseconds session_patience{1'000};

// The session comes, with TLS 1.3, as a message of its own; a server that does not want us may hang up instead.
Result<void> take_session(Channel& channel, const TlsContext& tls, Deadline deadline) {
    constexpr milliseconds step{20};
    const auto until = std::min(deadline, steady_clock::now() + session_patience);
    while (!tls.has_session() && steady_clock::now() < until) {
        const auto read = channel.read(steady_clock::now() + step);
        if (!read && read.error().code() != Code::timeout) return read.error();
    }
    return {};
}

}  // namespace

std::string Endpoint::url() const {
    return base::Endpoint{scheme, host, port, path}.url();
}

Result<Endpoint> parse_endpoint(const std::string& text) {
    auto parsed = base::parse_endpoint(text);
    if (!parsed) return std::move(parsed).error();
    return Endpoint{parsed->scheme, parsed->host, parsed->port, parsed->path};
}

bool is_address(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Result<std::vector<std::string>> resolve(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) return Error{Code::unreachable, host + ": " + ::gai_strerror(failure)};
    std::vector<std::string> addresses;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) continue;
        if (std::find(addresses.begin(), addresses.end(), text.data()) == addresses.end()) addresses.emplace_back(text.data());
    }
    ::freeaddrinfo(found);
    return addresses;
}

Result<TlsReport> shake_hands(const Route& route, const Tls& tls, milliseconds timeout) {
    auto context = TlsContext::make(tls, route.endpoint.host);
    if (!context) return std::move(context).error();
    TlsReport report;
    for (const bool is_second : {false, true}) {
        const auto deadline = steady_clock::now() + timeout;
        auto channel = reach(route, deadline);
        if (!channel) return std::move(channel).error();
        auto ssl = (*context)->begin();
        if (!ssl) return std::move(ssl).error();
        const SSL* const shown = ssl->get();  // The channel's from here on.
        if (auto shaken = channel->secure(std::move(*ssl), deadline); !shaken) return std::move(shaken).error();
        report.version = SSL_get_version(shown);
        report.cipher = SSL_get_cipher_name(shown);
        report.resumes = SSL_session_reused(shown) == 1;
        if (is_second) break;
        if (auto taken = take_session(*channel, **context, deadline); !taken) return std::move(taken).error();
        report.gives_sessions = (*context)->has_session();
        if (!report.gives_sessions) break;
    }
    return report;
}

}  // namespace muster::fleet::probe

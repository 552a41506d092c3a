// SPDX-License-Identifier: Apache-2.0
// The steps before MQTT, each with what may be meant instead.
#include "doctor/network_checks.hpp"

#include "messages/host_url.hpp"

#include <algorithm>
#include <utility>

namespace muster::cli::doctor {
namespace {

namespace probe = fleet::probe;
using std::chrono::milliseconds;

constexpr const char* no_broker = "no broker is named: -h mqtts://HOST[:PORT]";
// What asks only what else a port may be is not waited for as long as what is wanted of it.
constexpr milliseconds side_question{2'000};

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

std::string place_of(const Way& way, const std::string& address) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(way.endpoint.port);
}

Finding explain_port(const Error& error, const Way& way, const std::string& place) {
    const std::string found = place + ": " + error.message();
    if (!way.proxy.url.empty())
        return fail(found,
                    "see whether the proxy can reach it; start the broker, or name the port that it listens at: -h mqtts://HOST:PORT");
    if (error.code() == Code::timeout) return fail(found, "look for a firewall between here and there, or another address");
    return fail(found, "start the broker, or name the port that it listens at: -h mqtts://HOST:PORT");
}

Finding dial_all(Way& way, milliseconds timeout) {
    std::vector<Finding> findings;
    for (const auto& address : way.addresses) {
        const std::string place = place_of(way, address);
        auto route = way.route();
        route.address = address;
        const auto dialled = probe::dial(route, timeout);
        const std::string through = way.proxy.url.empty() ? "" : " through the proxy";
        findings.push_back(dialled ? good(place + through + " in " + std::to_string(dialled->count()) + " ms")
                                   : explain_port(dialled.error(), way, place));
        if (dialled && way.address.empty()) way.address = address;
    }
    return of_all(findings);
}

Finding of_report(const probe::TlsReport& report, const probe::Endpoint& endpoint) {
    const std::string found = endpoint.url() + ": " + report.version + ", " + report.cipher;
    Finding finding = report.resumes
                          ? good(found + ", sessions are resumed")
                          : warn(found + (report.gives_sessions ? ", but its sessions are not resumed" : ", but it gives no sessions"),
                                 "let the broker resume TLS sessions: a fleet that comes back costs it several times less");
    finding.details = {{"tls_version", report.version}, {"cipher", report.cipher}, {"resumes", report.resumes}};
    return finding;
}

}  // namespace

Finding of_all(const std::vector<Finding>& findings) {
    const auto has_failed = [](const Finding& finding) { return finding.state == State::failed; };
    const auto bad = std::find_if(findings.begin(), findings.end(), has_failed);
    if (bad != findings.end()) {
        if (std::all_of(findings.begin(), findings.end(), has_failed)) return *bad;
        return {State::warning, bad->found, bad->fix, bad->details};
    }
    const auto poor =
        std::find_if(findings.begin(), findings.end(), [](const Finding& finding) { return finding.state == State::warning; });
    if (poor != findings.end()) return *poor;
    std::vector<std::string> parts;
    parts.reserve(findings.size());
    for (const auto& finding : findings) parts.push_back(finding.found);
    Finding all = findings.front();
    all.found = joined(parts);
    return all;
}

Result<std::vector<Way>> ways_of(const DoctorOptions& options, bool has_tls_files) {
    std::vector<Way> ways;
    ways.reserve(options.hosts.size());
    for (const auto& host : options.hosts) {
        auto endpoint = probe::parse_endpoint(url_of_host(host, {has_tls_files, options.port, options.ws_path}));
        if (!endpoint) return std::move(endpoint).error().in("--host");
        ways.push_back({std::move(*endpoint), {}, {}, false});
    }
    return ways;
}

Finding check_dns(std::vector<Way>& ways) {
    if (ways.empty()) return nothing(no_broker);
    std::vector<Finding> findings;
    nlohmann::json hosts = nlohmann::json::object();
    bool has_name = false;
    for (auto& way : ways) {
        const auto& host = way.endpoint.host;
        if (!way.proxy.url.empty()) {
            way.addresses = {host};
            continue;
        }
        auto addresses = probe::resolve(host);
        if (addresses) way.addresses = *addresses;
        has_name = has_name || !probe::is_address(host);
        hosts[host] = way.addresses;
        findings.push_back(addresses ? good(host + ": " + joined(*addresses))
                                     : fail(addresses.error().message(), "correct the name, or this machine's DNS: getent hosts " + host));
    }
    if (findings.empty()) return nothing("the proxy looks for the broker");
    Finding finding = of_all(findings);
    if (!has_name) finding = nothing("addresses have no names to look up");
    finding.details["addresses"] = std::move(hosts);
    return finding;
}

Finding check_tcp(std::vector<Way>& ways, milliseconds timeout) {
    if (ways.empty()) return nothing(no_broker);
    std::vector<Finding> findings;
    for (auto& way : ways) {
        if (!way.addresses.empty()) findings.push_back(dial_all(way, timeout));
    }
    return of_all(findings);
}

bool speaks_plain_mqtt(const Way& way, milliseconds timeout) {
    probe::ConnectPlan plan;
    plan.endpoint = way.endpoint;
    plan.endpoint.scheme = way.endpoint.is_websocket() ? "ws" : "mqtt";
    plan.address = way.address;
    plan.proxy = way.proxy;
    plan.client_id = "muster-doctor";
    plan.timeout = std::min(timeout, side_question);
    const auto attempt = probe::Client::connect(plan);
    if (attempt.client) attempt.client->disconnect();
    return attempt.client != nullptr || attempt.reason.has_value();
}

bool speaks_tls(const Way& way, milliseconds timeout) {
    probe::Tls nobody;
    nobody.verify_server = false;
    const auto shaken = probe::shake_hands(way.route(), nobody, std::min(timeout, side_question));
    // A server that wants a certificate says so in TLS.
    return shaken || (shaken.error().code() == Code::tls && contains(shaken.error().message(), "alert"));
}

Finding explain_tls(const Error& error, const probe::Endpoint& endpoint) {
    const std::string found = endpoint.url() + ": " + error.message();
    const std::string look = "muster cert inspect " + endpoint.url();
    if (error.code() == Code::timeout) return fail(found, "name a port of TLS: this one is open and silent");
    if (contains(found, "ciphers '")) return fail(found, "name ciphers that there are: openssl ciphers -s");
    if (contains(found, "mismatch")) return fail(found, "connect to a name that its certificate has: " + look);
    if (contains(found, "expired") && !contains(found, "alert"))
        return fail(found, "renew the broker's certificate, or set this machine's clock");
    if (contains(found, "not yet valid")) return fail(found, "set this machine's clock, or the broker's");
    if (contains(found, "the broker's certificate"))
        return fail(found, "give the CA file of this broker (--cafile, or --capath); who signed for it: " + look);
    if (contains(found, "alert"))
        return fail(found, "the broker does not take this device's certificate: is it revoked, or of a CA that it does not know?");
    return fail(found, "name a port of TLS; what it is: " + look);
}

Finding check_tls(std::vector<Way>& ways, const probe::Tls& tls, milliseconds timeout) {
    if (ways.empty()) return nothing(no_broker);
    std::vector<Finding> findings;
    for (auto& way : ways) {
        if (way.address.empty()) continue;
        if (!way.endpoint.is_tls()) {
            way.is_secured = true;
            continue;
        }
        const auto report = probe::shake_hands(way.route(), tls, timeout);
        way.is_secured = report.ok();
        if (report) {
            findings.push_back(of_report(*report, way.endpoint));
        } else if (!contains(report.error().message(), "the broker's certificate") && speaks_plain_mqtt(way, timeout)) {
            auto plain = way.endpoint;
            plain.scheme = plain.is_websocket() ? "ws" : "mqtt";
            findings.push_back(fail(way.endpoint.url() + " speaks MQTT without TLS",
                                    "use " + plain.url() + " (loopback only), or the broker's port of TLS"));
        } else {
            findings.push_back(explain_tls(report.error(), way.endpoint));
        }
    }
    if (!findings.empty()) return of_all(findings);
    const auto is_open = [](const Way& way) {
        return way.address.rfind("127.", 0) != 0 && way.address != "::1" && way.address != "localhost";
    };
    if (std::none_of(ways.begin(), ways.end(), is_open)) return nothing("no TLS is used, to loopback");
    return warn("no TLS is used: everybody on the way reads along", "use mqtts://; a device refuses mqtt:// to other machines");
}

}  // namespace muster::cli::doctor

// SPDX-License-Identifier: Apache-2.0
// Reading what a plan needs.
#include "bench/plan.hpp"

#include "base/files.hpp"
#include "bench/greeting.hpp"
#include "bench/identities.hpp"
#include "messages/proxy.hpp"
#include "secrets.hpp"

#include <muster/key_store.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <string_view>
#include <system_error>
#include <vector>

namespace muster::cli::bench {
namespace {

using fleet::BenchKind;
using fleet::BenchPlan;
using std::chrono::milliseconds;

struct Scheme {
    std::string_view name;
    std::uint16_t port;
    bool is_tls;
    bool is_websocket;
};
constexpr std::array schemes{Scheme{"mqtt", 1883, false, false}, Scheme{"mqtts", 8883, true, false}, Scheme{"ws", 80, false, true},
                             Scheme{"wss", 443, true, true}};
constexpr const char* default_path = "/mqtt";
constexpr std::size_t max_pem_bytes = 16U << 20U;
constexpr std::size_t max_payload_bytes = 64U << 20U;
// The SDK's proportions: a third of the spread is the base, ten times the spread the cap.
constexpr int base_share = 3;
constexpr int cap_factor = 10;
// Clients that a bench loses by the way come back sooner than a storm's: their messages are due.
constexpr milliseconds way_spread{1'000};

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

struct Place {
    bool is_tls = false;
    std::string host;
    std::uint16_t port = 0;
    std::string path;  // Of WebSocket, else empty.
};

Result<std::uint16_t> port_of(std::string_view text, const std::string& url) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || end != text.data() + text.size() || port == 0) return refuse("--host " + url + ": there is no such port");
    return port;
}

std::string path_of(std::string_view in_url, const std::string& flag) {
    if (in_url.size() > 1) return std::string(in_url);
    if (flag.empty()) return default_path;
    return (flag.front() == '/' ? "" : "/") + flag;
}

Result<Place> place_of(const std::string& url, const BenchOptions& options) {
    Place place;
    std::string_view rest = url;
    Scheme scheme = schemes.front();
    if (const auto scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
        const auto name = rest.substr(0, scheme_end);
        const auto* const found = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& one) { return one.name == name; });
        if (found == schemes.end()) {
            return refuse("--host " + url + ": a bench speaks mqtt://, mqtts://, ws:// and wss://", "for example mqtts://127.0.0.1:8883");
        }
        scheme = *found;
        rest.remove_prefix(scheme_end + 3);
    }
    place.is_tls = scheme.is_tls;
    if (scheme.is_websocket) {
        const auto slash = std::min(rest.find('/'), rest.size());
        place.path = path_of(rest.substr(slash), options.ws_path);
        rest = rest.substr(0, slash);
    }
    std::string_view port;
    if (!rest.empty() && rest.front() == '[') {
        const auto end = rest.find(']');
        if (end == std::string_view::npos) return refuse("--host " + url + ": the bracket is not closed");
        place.host = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        if (!rest.empty() && rest.front() != ':') return refuse("--host " + url + ": a port begins with a colon");
        port = rest.empty() ? rest : rest.substr(1);
    } else {
        const auto colon = rest.find(':');
        place.host = rest.substr(0, colon);
        if (colon != std::string_view::npos) port = rest.substr(colon + 1);
        if (colon != std::string_view::npos && port.empty()) return refuse("--host " + url + ": there is no such port");
    }
    if (place.host.empty()) return refuse("--host " + url + ": there is no host", "for example mqtt://127.0.0.1:1883");
    place.port = options.port != 0 ? options.port : scheme.port;
    if (port.empty()) return place;
    const auto parsed = port_of(port, url);
    if (!parsed) return parsed.error();
    place.port = *parsed;
    return place;
}

// The first is the plan's own.
Result<std::vector<Place>> places_of(const BenchOptions& options) {
    std::vector<Place> places;
    for (const auto& host : options.hosts) {
        auto place = place_of(host, options);
        if (!place) return std::move(place).error();
        if (!places.empty() && (place->is_tls != places.front().is_tls || place->path.empty() != places.front().path.empty()))
            return refuse("--host " + host + ": the nodes of a broker speak one protocol", "give each of them the same scheme");
        places.push_back(std::move(*place));
    }
    if (places.empty()) return refuse("there is no --host", "for example mqtt://127.0.0.1:1883");
    return places;
}

Result<void> set_tls(const BenchOptions& options, BenchPlan& plan) {
    const bool has_settings = !options.capath.empty() || !options.tls_version.empty() || !options.ciphers.empty() || !options.alpn.empty();
    if (!plan.tls && (has_settings || options.resume))
        return refuse(options.resume ? "--resume needs TLS" : "--capath, --tls-version, --ciphers and --alpn need TLS",
                      "connect to mqtts://" + plan.host);
    if (!plan.tls) return {};
    std::error_code failure;
    if (!options.capath.empty() && !std::filesystem::is_directory(options.capath, failure))
        return Error{Code::not_found, "--capath " + options.capath.string() + " is no directory",
                     "name one that openssl rehash has seen to"};
    plan.tls->verify_server = !options.insecure_skip_verify;
    plan.tls->resume = options.resume;
    plan.tls->ca_directory = options.capath;
    plan.tls->ciphers = options.ciphers;
    plan.tls->alpn = options.alpn;
    if (options.tls_version == "1.2") plan.tls->version = fleet::MqttTlsVersion::v12;
    if (options.tls_version == "1.3") plan.tls->version = fleet::MqttTlsVersion::v13;
    return {};
}

std::string some_run_id() {
    std::random_device device;
    std::array<char, 9> text{};
    std::to_chars(text.data(), text.data() + 8, device(), 36);
    return text.data();
}

// The content of a file, or a reference to what is in a token.
Result<fleet::BenchCredential> load_credential(const BenchOptions& options, std::istream& in) {
    auto chain = base::load_file(options.certificate, max_pem_bytes);
    if (!chain) return std::move(chain).error().in("--cert");
    if (options.key.native().rfind("pkcs11:", 0) != 0) {
        auto key = base::load_secret_file(options.key);
        if (!key) return std::move(key).error().in("--key");
        return fleet::BenchCredential{"", std::move(*chain), std::move(*key)};
    }
    auto reference = pki::refer_to_key(options.key.native());
    if (!reference) return std::move(reference).error().in("--key");
    fleet::BenchCredential credential{"", std::move(*chain), std::move(reference->pem)};
    if (reference->pin_file.empty()) return credential;
    auto pin = load_secret(reference->pin_file, in, "--key");
    if (!pin) return std::move(pin).error();
    credential.key_password = std::move(*pin);
    return credential;
}

Result<void> read_certificates(const BenchOptions& options, BenchPlan& plan, std::istream& in) {
    const bool has_certificate = !options.certificate.empty() || !options.key.empty();
    if (has_certificate && (options.certificate.empty() || options.key.empty())) return refuse("--cert and --key go together");
    if (has_certificate && !options.credentials.empty()) return refuse("--cert and --credentials exclude each other");
    if (!plan.tls) {
        // Trust anchors may come from the environment or a context, where they are for EST and the admin API, too.
        if (has_certificate || !options.credentials.empty()) return refuse("certificates need TLS", "connect to mqtts://" + plan.host);
        return {};
    }
    if (!options.cafile.empty()) {
        auto anchors = base::load_file(options.cafile, max_pem_bytes);
        if (!anchors) return std::move(anchors).error().in("--cafile");
        plan.tls->ca_pem = std::move(*anchors);
    }
    if (has_certificate) {
        auto credential = load_credential(options, in);
        if (!credential) return std::move(credential).error();
        plan.credentials.push_back(std::move(*credential));
    }
    if (options.credentials.empty()) return {};
    auto identities = load_identities(options.credentials, options.clients);
    if (!identities) return std::move(identities).error();
    plan.credentials = std::move(identities->credentials);
    if (plan.tls->ca_pem.empty() && options.capath.empty()) plan.tls->ca_pem = std::move(identities->ca_pem);
    return {};
}

Result<void> read_key_password(const BenchOptions& options, BenchPlan& plan, std::istream& in) {
    if (options.key_password_file.empty()) return {};
    if (plan.credentials.empty()) return refuse("--key-password-file needs a key", "give --cert and --key, or --credentials");
    if (!plan.credentials.front().key_password.empty())
        return refuse("--key-password-file and the key's pin-source are two PINs", "leave one of them out");
    const auto password = load_secret(options.key_password_file, in, "--key-password-file");
    if (!password) return password.error();
    for (auto& credential : plan.credentials) credential.key_password = *password;
    return {};
}

Result<void> read_passwords(const BenchOptions& options, BenchPlan& plan, std::istream& in) {
    if (auto read = read_key_password(options, plan, in); !read) return read;
    auto proxy = load_proxy(options.proxy, options.proxy_password_file, in);
    if (!proxy) return std::move(proxy).error();
    plan.proxy = std::move(*proxy);
    if (!options.password_file.empty()) {
        auto password = load_secret(options.password_file, in, "--password-file");
        if (!password) return std::move(password).error();
        plan.names.password = std::move(*password);
    }
    plan.peer_names.password = plan.names.password;
    if (options.peer_password_file.empty()) return {};
    auto password = load_secret(options.peer_password_file, in, "--peer-password-file");
    if (!password) return std::move(password).error();
    plan.peer_names.password = std::move(*password);
    return {};
}

Result<std::string> load_payload(const std::filesystem::path& file, const char* flag) {
    auto payload = base::load_file(file, max_payload_bytes);
    if (!payload) return std::move(payload).error().in(flag);
    if (payload->empty()) return refuse(std::string(flag) + " " + file.string() + " is empty");
    return payload;
}

Result<void> read_payload(const BenchOptions& options, BenchPlan& plan) {
    plan.payload_bytes = options.payload_size.value_or(plan.payload_bytes);
    const int said = (options.payload_size ? 1 : 0) + (options.payload_file.empty() ? 0 : 1) + (options.payload_template.empty() ? 0 : 1);
    if (said > 1) return refuse("--payload-size, --payload-file and --template exclude each other");
    if (!options.payload_file.empty()) {
        auto payload = load_payload(options.payload_file, "--payload-file");
        if (!payload) return std::move(payload).error();
        plan.payload = std::move(*payload);
    }
    if (options.payload_template.empty()) return {};
    auto text = load_payload(options.payload_template, "--template");
    if (!text) return std::move(text).error();
    plan.payload_template = std::move(*text);
    const auto size = fleet::bench_payload_size(plan);
    return size ? Result<void>() : Error(size.error()).in("--template " + options.payload_template.string());
}

void choose_topics(const BenchOptions& options, BenchPlan& plan) {
    const bool subscribes = plan.kind == BenchKind::sub;
    plan.names.topic = options.topic.value_or(subscribes ? "bench/#" : "bench/%i");
    if (options.peer_topic) {
        plan.peer_names.topic = *options.peer_topic;
    } else if (subscribes) {
        plan.peer_names.topic = "bench/%i";
    } else {
        plan.peer_names.topic = fleet::bench_filter(plan.names.topic, plan.run_id);
    }
}

void choose_comeback(const BenchOptions& options, BenchPlan& plan) {
    const milliseconds spread = plan.kind == BenchKind::storm ? options.spread : way_spread;
    plan.comeback = {!options.no_jitter, spread, spread / base_share, spread * cap_factor};
}

}  // namespace

Result<BenchPlan> plan_of(const BenchOptions& options, std::istream& in) {
    const auto places = places_of(options);
    if (!places) return places.error();
    BenchPlan plan;
    plan.kind = options.kind;
    plan.host = places->front().host;
    plan.port = places->front().port;
    plan.websocket_path = places->front().path;
    for (auto place = places->begin() + 1; place != places->end(); ++place)
        plan.more_nodes.push_back({place->host, place->port, place->path});
    plan.version = options.version == "5" ? fleet::BenchMqtt::v5 : fleet::BenchMqtt::v311;
    if (places->front().is_tls) plan.tls.emplace();
    if (auto set = set_tls(options, plan); !set) return std::move(set).error();
    plan.run_id = options.run_id.empty() ? some_run_id() : options.run_id;
    plan.names.client_id = options.client_id;
    plan.names.username = options.username;
    plan.peer_names.client_id = "peer-%r-%i";
    plan.peer_names.username = options.peer_username.empty() ? options.username : options.peer_username;
    choose_topics(options, plan);
    choose_comeback(options, plan);

    plan.clients = options.clients;
    plan.peers = options.peers;
    plan.connect_rate = options.connect_rate;
    plan.connecting_at_once = options.connecting_at_once;
    plan.connect_timeout = options.connect_timeout;
    plan.keep_alive = std::chrono::seconds(options.keep_alive);
    plan.duration = options.duration.value_or(default_duration(options.kind));
    plan.warm_up = options.warm_up;
    plan.rate = options.rate.value_or(options.kind == BenchKind::sub ? 0.0 : static_cast<double>(options.clients));
    plan.messages = options.messages;
    plan.limit = options.limit;
    plan.in_flight = options.in_flight;
    plan.precise = options.precise;
    plan.qos = static_cast<Qos>(options.qos);
    plan.report_interval = options.report_interval;
    plan.threads = options.threads;
    auto greeting = greeting_of(options);
    if (!greeting) return std::move(greeting).error();
    plan.greeting = std::move(*greeting);
    if (auto read = read_payload(options, plan); !read) return std::move(read).error();
    if (auto read = read_certificates(options, plan, in); !read) return std::move(read).error();
    if (auto read = read_passwords(options, plan, in); !read) return std::move(read).error();
    return plan;
}

}  // namespace muster::cli::bench

// SPDX-License-Identifier: Apache-2.0
// Reading what a plan needs.
#include "bench/plan.hpp"

#include "base/files.hpp"
#include "bench/identities.hpp"
#include "secrets.hpp"

#include <array>
#include <charconv>
#include <random>
#include <string_view>

namespace muster::cli::bench {
namespace {

using fleet::BenchKind;
using fleet::BenchPlan;
using std::chrono::milliseconds;

constexpr std::uint16_t plain_port = 1883;
constexpr std::uint16_t tls_port = 8883;
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
};

Result<std::uint16_t> port_of(std::string_view text, const std::string& url) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || end != text.data() + text.size() || port == 0) return refuse("--host " + url + ": there is no such port");
    return port;
}

Result<Place> place_of(const BenchOptions& options) {
    Place place;
    std::string_view rest = options.host;
    if (const auto scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
        const auto scheme = rest.substr(0, scheme_end);
        if (scheme != "mqtt" && scheme != "mqtts") {
            return refuse("--host " + options.host + ": a bench speaks mqtt:// and mqtts://", "for example mqtts://127.0.0.1:8883");
        }
        place.is_tls = scheme == "mqtts";
        rest.remove_prefix(scheme_end + 3);
    }
    std::string_view port;
    if (!rest.empty() && rest.front() == '[') {
        const auto end = rest.find(']');
        if (end == std::string_view::npos) return refuse("--host " + options.host + ": the bracket is not closed");
        place.host = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        if (!rest.empty() && rest.front() != ':') return refuse("--host " + options.host + ": a port begins with a colon");
        port = rest.empty() ? rest : rest.substr(1);
    } else {
        const auto colon = rest.find(':');
        place.host = rest.substr(0, colon);
        if (colon != std::string_view::npos) port = rest.substr(colon + 1);
        if (colon != std::string_view::npos && port.empty()) return refuse("--host " + options.host + ": there is no such port");
    }
    if (place.host.empty()) return refuse("--host " + options.host + ": there is no host", "for example mqtt://127.0.0.1:1883");
    place.port = options.port != 0 ? options.port : place.is_tls ? tls_port : plain_port;
    if (port.empty()) return place;
    const auto parsed = port_of(port, options.host);
    if (!parsed) return parsed.error();
    place.port = *parsed;
    return place;
}

std::string some_run_id() {
    std::random_device device;
    std::array<char, 9> text{};
    std::to_chars(text.data(), text.data() + 8, device(), 36);
    return text.data();
}

Result<void> read_certificates(const BenchOptions& options, BenchPlan& plan) {
    const bool has_certificate = !options.certificate.empty() || !options.key.empty();
    if (has_certificate && (options.certificate.empty() || options.key.empty())) return refuse("--cert and --key go together");
    if (has_certificate && !options.credentials.empty()) return refuse("--cert and --credentials exclude each other");
    if (!plan.tls) {
        if (has_certificate || !options.credentials.empty() || !options.cafile.empty()) {
            return refuse("certificates need TLS", "connect to mqtts://" + plan.host);
        }
        return {};
    }
    if (!options.cafile.empty()) {
        auto anchors = base::load_file(options.cafile, max_pem_bytes);
        if (!anchors) return std::move(anchors).error().in("--cafile");
        plan.tls->ca_pem = std::move(*anchors);
    }
    if (has_certificate) {
        auto chain = base::load_file(options.certificate, max_pem_bytes);
        if (!chain) return std::move(chain).error().in("--cert");
        auto key = base::load_secret_file(options.key);
        if (!key) return std::move(key).error().in("--key");
        plan.credentials = {{"", std::move(*chain), std::move(*key)}};
    }
    if (options.credentials.empty()) return {};
    auto identities = load_identities(options.credentials, options.clients);
    if (!identities) return std::move(identities).error();
    plan.credentials = std::move(identities->credentials);
    if (plan.tls->ca_pem.empty()) plan.tls->ca_pem = std::move(identities->ca_pem);
    return {};
}

Result<void> read_passwords(const BenchOptions& options, BenchPlan& plan, std::istream& in) {
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

void choose_topics(const BenchOptions& options, BenchPlan& plan) {
    const bool subscribes = plan.kind == BenchKind::sub;
    plan.names.topic = !options.topic.empty() ? options.topic : subscribes ? "bench/#" : "bench/%i";
    if (!options.peer_topic.empty()) {
        plan.peer_names.topic = options.peer_topic;
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
    auto place = place_of(options);
    if (!place) return std::move(place).error();
    BenchPlan plan;
    plan.kind = options.kind;
    plan.host = place->host;
    plan.port = place->port;
    plan.version = options.version == "5" ? fleet::BenchMqtt::v5 : fleet::BenchMqtt::v311;
    if (place->is_tls) plan.tls = {"", !options.insecure_skip_verify, options.resume};
    if (!place->is_tls && options.resume) return refuse("--resume needs TLS", "connect to mqtts://" + plan.host);
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
    plan.qos = static_cast<Qos>(options.qos);
    plan.payload_bytes = options.payload_size;
    plan.report_interval = options.report_interval;
    plan.threads = options.threads;
    if (!options.payload_file.empty()) {
        auto payload = base::load_file(options.payload_file, max_payload_bytes);
        if (!payload) return std::move(payload).error().in("--payload-file");
        if (payload->empty()) return refuse("--payload-file " + options.payload_file.string() + " is empty");
        plan.payload = std::move(*payload);
    }
    if (auto read = read_certificates(options, plan); !read) return std::move(read).error();
    if (auto read = read_passwords(options, plan, in); !read) return std::move(read).error();
    return plan;
}

}  // namespace muster::cli::bench

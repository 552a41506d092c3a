// SPDX-License-Identifier: Apache-2.0
// Flag by flag, into what the client takes.
#include "messages/connection.hpp"

#include "messages/host_url.hpp"
#include "messages/interrupt.hpp"
#include "messages/packet_line.hpp"
#include "messages/proxy.hpp"
#include "secrets.hpp"
#include "terminal.hpp"

#include <muster/key_store.hpp>

#include <limits>

namespace muster::cli {
namespace {

using fleet::MqttConnection;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

bool names_certificates(const ConnectionOptions& options) {
    return !options.identity.empty() || !options.cafile.empty() || !options.capath.empty() || !options.certificate.empty();
}

Result<void> check_flags(const ConnectionOptions& options) {
    const bool is_v311 = options.version == "3.1.1";
    if (options.certificate.empty() != options.key.empty()) return refuse("--cert and --key go together");
    if (!options.identity.empty() && !options.certificate.empty()) return refuse("--identity and --cert exclude each other");
    if (options.asks_password && !options.password_file.empty()) return refuse("-P and --password-file exclude each other");
    if ((options.asks_password || !options.password_file.empty()) && options.username.empty())
        return refuse("a password needs a user name", "give --username");
    if (options.keeps_session && options.client_id.empty() && options.identity.empty() && options.certificate.empty())
        return refuse("--no-clean-start needs --client-id: the session that is taken up is the client's");
    const bool has_will_part = !options.will_payload.empty() || options.will_qos != 0 || options.will_retain || options.will_delay;
    if (options.will_topic.empty() && has_will_part) return refuse("a will needs --will-topic");
    if (!is_v311) return {};
    const bool has_properties = !options.properties.empty() || options.session_expiry || options.receive_maximum ||
                                options.max_packet_size || options.topic_alias_maximum || options.will_delay;
    if (!has_properties) return {};
    return refuse("MQTT 3.1.1 has no properties, such as --session-expiry, --property and --will-delay are", "leave --mqtt-version away");
}

Result<void> set_password(const ConnectionOptions& options, Io& io, MqttConnection& connection) {
    if (!options.username.empty()) connection.username = options.username;
    if (!options.password_file.empty()) {
        auto password = load_secret(options.password_file, io.in, "--password-file");
        if (!password) return std::move(password).error();
        connection.password = std::move(*password);
    }
    if (!options.asks_password) return {};
    if (!io.can_ask()) return refuse("-P: there is no terminal to ask on", "give --password-file FILE");
    auto password = ask_secret("Password of " + options.username + ": ");
    if (!password) return std::move(password).error();
    connection.password = std::move(*password);
    return {};
}

// Before anything is connected to: a PIN on the command line is told at once, and not with a password that is asked for.
Result<void> check_key(const std::filesystem::path& key) {
    const auto checked = pki::needs_password(key);
    const bool is_wrong = !checked && checked.error().code() == Code::invalid_argument;
    return is_wrong ? Result<void>(checked.error().in("--key")) : Result<void>();
}

Result<void> set_tls(const ConnectionOptions& options, Io& io, fleet::MqttTls& tls) {
    tls.ca_file = options.cafile;
    tls.ca_directory = options.capath;
    tls.identity_dir = options.identity;
    tls.certificate = options.certificate;
    tls.key = options.key;
    tls.verify_server = !options.insecure_skip_verify;
    tls.ciphers = options.ciphers;
    tls.alpn = options.alpn;
    tls.session_file = options.tls_session_file;
    if (options.tls_version == "1.2") tls.version = fleet::MqttTlsVersion::v12;
    if (options.tls_version == "1.3") tls.version = fleet::MqttTlsVersion::v13;
    if (!options.identity.empty()) tls.key_password = key_password_of(options.identity, options.key_password_file, io);
    if (auto checked = check_key(options.key); !checked) return checked;
    if (!options.key.empty()) tls.key_password = key_password_for(options.key, "", options.key_password_file, io);
    if (options.insecure_skip_verify) io.warn("--insecure-skip-verify: whoever answers is taken for the server");
    return {};
}

void set_properties(const ConnectionOptions& options, const PacketProperties& given, MqttConnection& connection) {
    connection.properties = given.connect;
    auto& properties = connection.properties;
    if (options.session_expiry) properties.session_expiry_interval = options.session_expiry;
    if (options.receive_maximum) properties.receive_maximum = options.receive_maximum;
    if (options.max_packet_size) properties.maximum_packet_size = options.max_packet_size;
    if (options.topic_alias_maximum) properties.topic_alias_maximum = options.topic_alias_maximum;
    connection.clean_start = !options.keeps_session;
    // Whoever asks for the old session wants to keep this one, too, as mosquitto_sub -c has it.
    if (options.keeps_session && !properties.session_expiry_interval && connection.protocol == Protocol::mqtt5)
        properties.session_expiry_interval = std::numeric_limits<std::uint32_t>::max();
}

void set_will(const ConnectionOptions& options, const PacketProperties& given, MqttConnection& connection) {
    if (options.will_topic.empty()) return;
    fleet::MqttMessage will;
    will.topic = options.will_topic;
    will.payload = options.will_payload;
    will.qos = static_cast<Qos>(options.will_qos);
    will.retain = options.will_retain;
    will.properties = given.will;
    if (options.will_delay)
        will.properties.will_delay_interval =
            static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(*options.will_delay).count());
    connection.will = std::move(will);
}

void tell_session(const fleet::MqttClient& client, const std::filesystem::path& file, const Io& io) {
    if (file.empty()) return;
    const auto session = client.tls_session();
    if (!session) return io.detail("no TLS session, as there is no TLS");
    io.detail(session->is_resumed ? "TLS session resumed" : "TLS session not resumed: " + session->note);
    if (!session->failure) return;
    const std::string& hint = session->failure->hint();
    io.warn("--tls-session-file: " + session->failure->message() + (hint.empty() ? "" : "; " + hint));
}

bool may_pass(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

}  // namespace

Result<ConnectionPlan> plan_connection(const ConnectionOptions& options, Io& io) {
    if (auto checked = check_flags(options); !checked) return checked.error();
    auto properties = parse_properties(options.properties);
    if (!properties) return std::move(properties).error();
    ConnectionPlan plan;
    plan.retries = options.retries;
    plan.retry_delay = options.retry_delay;
    MqttConnection& connection = plan.connection;
    for (const auto& host : options.hosts)
        connection.endpoints.push_back(url_of_host(host, {names_certificates(options), options.port, options.ws_path}));
    connection.protocol = options.version == "3.1.1" ? Protocol::mqtt311 : Protocol::mqtt5;
    connection.client_id = options.client_id;
    connection.keep_alive = std::chrono::seconds(options.keep_alive);
    connection.connect_timeout = options.connect_timeout;
    connection.allow_plaintext = options.allow_plaintext;
    set_properties(options, *properties, connection);
    set_will(options, *properties, connection);
    if (auto set = set_password(options, io, connection); !set) return set.error();
    if (auto set = set_tls(options, io, connection.tls); !set) return set.error();
    auto proxy = load_proxy(options.proxy, options.proxy_password_file, io.in);
    if (!proxy) return std::move(proxy).error();
    connection.proxy = std::move(*proxy);
    if (io.trace != nullptr) connection.observer = [&trace = *io.trace](const fleet::MqttPacket& packet) { tell(trace, packet); };
    plan.properties = std::move(*properties);
    return plan;
}

Result<std::unique_ptr<fleet::MqttClient>> connect(const ConnectionPlan& plan, const Io& io) {
    for (std::uint32_t left = plan.retries;; --left) {
        auto client = fleet::MqttClient::connect(plan.connection);
        if (client) {
            io.detail("connected to " + (*client)->place() + " as " + (*client)->client_id());
            tell_session(**client, plan.connection.tls.session_file, io);
            return client;
        }
        if (left == 0 || !may_pass(client.error().code())) return client;
        io.say(client.error().message() + "; once more in " + std::to_string(plan.retry_delay.count()) + " ms");
        if (!rest_for(plan.retry_delay, plan.connection.interrupt)) return Error{Code::stopped, "interrupted"};
    }
}

}  // namespace muster::cli

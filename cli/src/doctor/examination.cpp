// SPDX-License-Identifier: Apache-2.0
// Which check looks at what, and which others it needs.
#include "doctor/examination.hpp"

#include "doctor/certificate_checks.hpp"
#include "doctor/identity_client.hpp"
#include "doctor/machine_checks.hpp"
#include "doctor/mqtt_checks.hpp"
#include "doctor/proxy_check.hpp"
#include "doctor/queue_check.hpp"
#include "doctor/server_checks.hpp"

#include <chrono>
#include <random>
#include <utility>

namespace muster::cli::doctor {
namespace {

namespace probe = fleet::probe;
using std::chrono::system_clock;

std::string some_client_id() {
    std::random_device device;
    return "muster-doctor-" + std::to_string(device());
}

}  // namespace

Examination::Examination(DoctorOptions options, ConfigFacts config, PasswordOf password_of, fleet::MqttObserver observer,
                         EstObserver* est_observer)
    : options_(std::move(options)),
      config_(std::move(config)),
      password_of_(std::move(password_of)),
      observer_(std::move(observer)),
      est_observer_(est_observer) {}

Finding Examination::look_at_config() {
    if (!config_.problem) {
        if (auto taken = take_device_config(options_); !taken) config_.problem = taken.error();
    }
    if (!config_.problem) {
        auto subject = subject_of(options_);
        if (subject) subject_ = std::move(*subject);
        if (!subject) config_.problem = subject.error();
    }
    if (!config_.problem) {
        auto ways = ways_of(options_, subject_.has_certificate() || !subject_.trust_anchors.empty() || !subject_.ca_directory.empty());
        if (ways) ways_ = std::move(*ways);
        if (!ways) config_.problem = ways.error();
    }
    if (!config_.problem) choose_proxies();
    return check_config(config_);
}

void Examination::choose_proxies() {
    for (auto& way : ways_) way.observer = observer_;
    if (auto chosen = doctor::choose_proxies(options_, ways_); !chosen) config_.problem = chosen.error();
    if (auto loaded = load_proxy_password(options_, ways_); !loaded) proxy_problem_ = loaded.error();
}

Finding Examination::look_at_proxy() {
    if (!proxy_problem_) return check_proxies(ways_, options_.connect_timeout);
    const std::string& hint = proxy_problem_->hint();
    return fail(proxy_problem_->message(), hint.empty() ? "write it there, with mode 0600" : hint);
}

Finding Examination::of_certificate(const std::function<Finding()>& look) const {
    return subject_.has_certificate() ? look() : nothing("no certificate is used");
}

Finding Examination::look_at_key() {
    password_ = password_of_(subject_.key, options_.key_password_file);
    return check_key(subject_.key, files_.chain.front(), password_);
}

Finding Examination::look_at_clock() const {
    std::string url = options_.est_url;
    fleet::MqttProxy proxy;
    for (const auto& way : ways_) {
        if (!url.empty() || !way.endpoint.is_websocket()) continue;
        auto place = way.endpoint;
        place.path.clear();
        url = place.url().replace(0, 2, "http");  // ws becomes http, wss https.
        proxy = way.proxy;
    }
    return check_clock(url, proxy, options_.connect_timeout);
}

Finding Examination::look_at_tls() {
    auto tls = load_tls(subject_, password_);
    if (!tls) return fail(tls.error().message(), tls.error().hint().empty() ? "see the check 'files'" : tls.error().hint());
    tls_ = std::move(*tls);
    if (options_.tls_version == "1.2") tls_.version = fleet::MqttTlsVersion::v12;
    if (options_.tls_version == "1.3") tls_.version = fleet::MqttTlsVersion::v13;
    tls_.ciphers = options_.ciphers;
    tls_.alpn = options_.alpn;
    return check_tls(ways_, tls_, options_.connect_timeout);
}

Finding Examination::look_at_connect() {
    auto password = load_password(subject_.password_file);
    if (!password) return fail(password.error().message(), password.error().hint());
    plan_.tls = tls_;
    plan_.protocol = options_.version == "5" ? Protocol::mqtt5 : Protocol::mqtt311;
    plan_.username = subject_.username;
    plan_.password = std::move(*password);
    plan_.client_id = !subject_.client_id.empty() ? subject_.client_id
                      : files_.chain.empty()      ? some_client_id()
                                                  : files_.chain.front().common_name;
    // What waits in a device's session is not for us to end.
    plan_.clean_start = subject_.client_id.empty() && files_.chain.empty();
    plan_.own_topics = options_.topic;
    plan_.timeout = options_.connect_timeout;
    plan_.observer = observer_;
    return check_connect(ways_, plan_, client_);
}

Finding Examination::of_client(const std::function<Finding()>& look) const {
    return client_ ? look() : nothing("no broker is named: -h mqtts://HOST[:PORT]");
}

Finding Examination::look_at_isolation() {
    probe::ConnectPlan other = plan_;
    other.clean_start = true;
    const std::string topic = options_.topic + "/isolation";
    if (options_.peer.empty()) {
        if (!subject_.has_certificate() && !subject_.username.empty())
            return nothing("an application may see its tenant's devices; --peer checks against one");
        other.client_id += "-doctor";
        return check_isolation(*client_, other, true, topic);
    }
    DoctorOptions peer;
    peer.identity = options_.peer;
    LoadedFiles files;
    const auto subject = subject_of(peer);
    if (!subject) return fail("--peer: " + subject.error().message(), subject.error().hint());
    if (auto loaded = check_files(*subject, files); loaded.state == State::failed) return fail("--peer: " + loaded.found, loaded.fix);
    auto tls = load_tls(*subject, password_of_(subject->key, options_.key_password_file));
    if (!tls) return fail("--peer: " + tls.error().message(), "name the identity directory of another device");
    tls->ca_pem = tls_.ca_pem;
    tls->ca_directory = tls_.ca_directory;
    tls->version = tls_.version;
    tls->ciphers = tls_.ciphers;
    tls->alpn = tls_.alpn;
    other.tls = std::move(*tls);
    other.client_id = files.chain.front().common_name;
    other.username.clear();
    other.password.clear();
    return check_isolation(*client_, other, false, topic);
}

Finding Examination::look_at_limits() {
    return options_.broker ? check_limits(client_->welcome(), plan_.protocol) : nothing("asked for by --broker");
}

void Examination::finish() {
    if (client_) client_->disconnect();
    client_.reset();
}

void Examination::add_local_checks(std::vector<Check>& checks) {
    const auto add = [&](const char* name, std::vector<std::string> needs, std::function<Finding()> look) {
        checks.push_back({name, std::move(needs), std::move(look)});
    };
    const auto add_of_certificate = [&](const char* name, std::vector<std::string> needs, std::function<Finding()> look) {
        add(name, std::move(needs), [this, look = std::move(look)] { return of_certificate(look); });
    };
    add("config", {}, [this] { return look_at_config(); });
    add("files", {"config"}, [this] { return check_files(subject_, files_); });
    add("permissions", {"files"}, [this] { return check_permissions(subject_); });
    add_of_certificate("key", {"files", "permissions"}, [this] { return look_at_key(); });
    add_of_certificate("client-id", {"files"}, [this] { return check_client_id(files_.chain.front().common_name, subject_.client_id); });
    add_of_certificate("chain", {"files"},
                       [this] { return check_chain(subject_.chain, subject_.trust_anchors, subject_.has_own_anchors); });
    add_of_certificate("validity", {"files"}, [this] { return check_validity(files_.chain, system_clock::now()); });
}

void Examination::add_network_checks(std::vector<Check>& checks) {
    const auto timeout = options_.connect_timeout;
    const auto add = [&](const char* name, std::vector<std::string> needs, std::function<Finding()> look) {
        checks.push_back({name, std::move(needs), std::move(look)});
    };
    add("clock", {"config"}, [this] { return look_at_clock(); });
    add("dns", {"config"}, [this] { return check_dns(ways_); });
    add("proxy", {"dns"}, [this] { return look_at_proxy(); });
    add("tcp", {"dns", "proxy"}, [this, timeout] { return check_tcp(ways_, timeout); });
    add("tls", {"tcp", "key", "chain", "validity"}, [this] { return look_at_tls(); });
    add("connect", {"tls", "client-id"}, [this] { return look_at_connect(); });
    add("round-trip", {"connect"},
        [this, timeout] { return of_client([&] { return check_round_trip(*client_, options_.topic + "/round-trip", timeout); }); });
    add("isolation", {"connect"}, [this] { return of_client([&] { return look_at_isolation(); }); });
    add("limits", {"connect"}, [this] { return of_client([&] { return look_at_limits(); }); });
    add("est", {"files"}, [this, timeout] {
        return check_est({options_.est_url, subject_.trust_anchors, {}, timeout, est_observer_}, files_.anchors);
    });
}

void Examination::add_machine_checks(std::vector<Check>& checks) {
    checks.push_back({"queue-directory", {"config"}, [this] { return check_queue_directory(options_.queue); }});
    checks.push_back({"queue", {"queue-directory"}, [this] { return check_queue(options_.queue); }});
    checks.push_back({"descriptors", {}, [] { return check_descriptors(); }});
    checks.push_back({"entropy", {}, [] { return check_entropy(); }});
}

std::vector<Check> Examination::checks() {
    std::vector<Check> checks;
    add_local_checks(checks);
    add_network_checks(checks);
    add_machine_checks(checks);
    return checks;
}

}  // namespace muster::cli::doctor

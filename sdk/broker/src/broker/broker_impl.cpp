// SPDX-License-Identifier: Apache-2.0
// Opening and closing: what a broker is made of, in its order.
#include "broker/broker_impl.hpp"

#include "authority/provisioning.hpp"
#include "broker/est_entrance.hpp"
#include "broker/offer.hpp"
#include "net/endpoint.hpp"

#include <boost/asio/post.hpp>

namespace muster::testbroker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

}  // namespace

Result<void> Broker::Impl::start() {
    auto limits = limits_of(config_);
    if (!limits) return std::move(limits).error();
    if (auto checked = authority::check_policy(est_policy()); !checked) return checked;
    if (auto checked = check_listeners(); !checked) return checked;
    if (auto opened = open_data(); !opened) return opened;
    if (auto opened = open_tls(); !opened) return opened;
    if (auto opened = open_network(*limits); !opened) return opened;
    if (auto opened = open_sessions(); !opened) return opened;
    if (auto opened = open_listeners(); !opened) return opened;
    if (auto opened = open_est(); !opened) return opened;
    if (auto opened = open_crl(); !opened) return opened;
    if (auto opened = open_admin(); !opened) return opened;
    open_events();
    await_server_renewal();
    work_.emplace(io_.get_executor());
    thread_ = std::thread([this] { io_.run(); });
    return {};
}

Result<void> Broker::Impl::open_data() {
    auto directory = StateDirectory::make(config_.state_dir);
    if (!directory) return std::move(directory).error();
    directory_ = std::move(*directory);
    addresses_.state_dir = directory_->path();
    auto registry = registry::Registry::open(directory_->path(), clock_, {config_.password_cost, !config_.state_dir.empty()});
    if (!registry) return std::move(registry).error();
    registry_ = std::move(*registry);
    auto authority = authority::Authority::open(directory_->path(), clock_, config_.ca_key, config_.public_crl_url, registry_.get());
    if (!authority) return std::move(authority).error();
    authority_ = std::move(*authority);
    crls_ = std::make_unique<authority::CrlCache>(*authority_, *registry_);
    addresses_.ca_file = authority_->root_file();
    if (auto loaded = authority::load_issuers(*authority_, *registry_); !loaded) return loaded;
    first_connect_ = std::make_unique<FirstConnect>(*registry_);
    admission_ = std::make_unique<tenancy::Admission>(registry_->directory(), clock_, random_, first_connect_.get());
    tenant_limits_ = std::make_unique<StoredLimits>(registry_->directory());
    est_ = std::make_unique<authority::EstService>(*authority_, *registry_, config_.log, est_policy());
    admin_ = std::make_unique<admin::AdminService>(*this);
    admin_api_ = std::make_unique<admin::AdminApi>(*admin_, *this, *this, *this, *this, events_, [this] { return measure(); });
    return {};
}

Result<void> Broker::Impl::open_tls() {
    auto files = authority_->ensure_server_certificate(server_plan());
    if (!files) return std::move(files).error();
    server_files_ = *files;
    for (const auto clients : {ClientCertificates::optional, ClientCertificates::required, ClientCertificates::off}) {
        auto mqtt = net::TlsContext::make(files->certificate, files->key, trusted_, clients, clock_);
        if (!mqtt) return std::move(mqtt).error();
        mqtt_tls_[clients] = std::move(*mqtt);
    }
    auto est = net::TlsContext::make(files->certificate, files->key, trusted_, ClientCertificates::off, clock_);
    if (!est) return std::move(est).error();
    est_tls_ = std::move(*est);
    est_tls_->ask_for_certificates(authority_->root_pem());
    auto tenants = registry_->tenants();
    if (!tenants) return std::move(tenants).error();
    for (const auto& tenant : *tenants) {
        if (auto trusted = refresh_trust(tenant.name); !trusted) return trusted;
    }
    return {};
}

Result<void> Broker::Impl::open_network(net::ShardLimits limits) {
    limits.core.tenants = tenant_limits_.get();
    limits.core.memory = &memory_;
    network_ = std::make_unique<net::MqttNetwork>(limits, config_.threads, *admission_, clock_);
    if (auto started = network_->start(); !started) return started;
    network_->visit([this](net::Shard& shard) { shard.core().set_observer(event_feed_); });
    open_faults();
    return {};
}

Result<void> Broker::Impl::open_est() {
    const auto address = net::parse_address(config_.address, config_.allow_public);
    if (!address) return address.error();
    tcp::endpoint est_endpoint(*address, config_.est_port);
    const auto answer = [this](const net::HttpRequest& request) {
        if (auto crl = answer_crl(request)) return *std::move(crl);
        return answer_est(*est_, *est_plan_, request, clock_.now());
    };
    auto est_server = net::open_https_server(io_, est_endpoint, *est_tls_, {answer, config_.handshake_deadline, stranger_at("EST")});
    if (!est_server) return std::move(est_server).error();
    est_server_ = std::move(*est_server);
    addresses_.est_url = net::url_of("https", est_endpoint) + est_path;
    return {};
}

void Broker::Impl::stop() {
    std::call_once(stopped_, [this] {
        if (thread_.joinable()) {
            asio::post(io_, [this] {
                network_->stop();
                for (const auto& entrance : websockets_) entrance->drain();
                est_server_->close();
                if (crl_server_) crl_server_->close();
                admin_server_->close();
                if (admin_tcp_server_) admin_tcp_server_->close();
                if (outage_timer_) outage_timer_->cancel();
                if (renewal_timer_) renewal_timer_->cancel();
                close_events();
                faults_->close();
                work_.reset();
            });
            thread_.join();
        }
        is_stopped_ = true;
        admin_server_.reset();
        admin_tcp_server_.reset();
        est_server_.reset();
        crl_server_.reset();
        websockets_.clear();
        if (network_) network_->stop();
        sessions_.reset();
        registry_.reset();
        directory_.reset();
    });
}

}  // namespace muster::testbroker

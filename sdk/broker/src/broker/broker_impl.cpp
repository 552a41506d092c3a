// SPDX-License-Identifier: Apache-2.0
// Opening and closing: what a broker is made of, in its order.
#include "broker/broker_impl.hpp"

#include "authority/provisioning.hpp"
#include "net/endpoint.hpp"

#include <boost/asio/post.hpp>

namespace muster::testbroker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr const char* est_path = "/.well-known/est";

core::Limits limits_of(const BrokerConfig& config) {
    core::Limits limits;
    limits.max_packet_size = config.max_packet_size;
    limits.session.max_queued = config.max_queued_messages;
    limits.connect_deadline = config.connect_deadline;
    return limits;
}

}  // namespace

Result<void> Broker::Impl::start() {
    if (auto opened = open_data(); !opened) return opened;
    if (auto opened = open_tls(); !opened) return opened;
    if (auto opened = open_listeners(); !opened) return opened;
    work_.emplace(io_.get_executor());
    shard_->start();
    thread_ = std::thread([this] { io_.run(); });
    return {};
}

Result<void> Broker::Impl::open_data() {
    auto directory = DataDirectory::make(config_.data_dir);
    if (!directory) return std::move(directory).error();
    directory_ = std::move(*directory);
    addresses_.data_dir = directory_->path();
    auto registry = registry::Registry::open(directory_->path(), clock_);
    if (!registry) return std::move(registry).error();
    registry_ = std::move(*registry);
    auto authority = authority::Authority::open(directory_->path(), clock_);
    if (!authority) return std::move(authority).error();
    authority_ = std::move(*authority);
    addresses_.ca_file = authority_->root_file();
    if (auto loaded = authority::load_issuers(*authority_, *registry_); !loaded) return loaded;
    tenants_ = std::make_unique<registry::RegistryDirectory>(*registry_, config_.log);
    admission_ = std::make_unique<tenancy::Admission>(*tenants_, clock_, random_);
    est_ = std::make_unique<authority::EstService>(*authority_, *registry_, config_.log);
    admin_ = std::make_unique<admin::AdminService>(*this);
    return {};
}

Result<void> Broker::Impl::open_tls() {
    auto files = authority_->ensure_server_certificate(config_.address);
    if (!files) return std::move(files).error();
    auto mqtt = net::TlsContext::make(files->certificate, files->key, authority_->root_pem(), net::ClientCertificates::verified_if_offered);
    if (!mqtt) return std::move(mqtt).error();
    mqtt_tls_ = std::move(*mqtt);
    auto est = net::TlsContext::make(files->certificate, files->key, authority_->root_pem(), net::ClientCertificates::ignored);
    if (!est) return std::move(est).error();
    est_tls_ = std::move(*est);
    auto tenants = registry_->tenants();
    if (!tenants) return std::move(tenants).error();
    for (const auto& tenant : *tenants) mqtt_tls_->trust(tenant.issuing_ca_pem);
    return {};
}

Result<void> Broker::Impl::open_listeners() {
    const auto address = net::parse_address(config_.address, config_.allow_public);
    if (!address) return address.error();
    shard_ = std::make_unique<net::Shard>(io_, limits_of(config_), *admission_, clock_);
    const auto on_socket = [this](tcp::socket socket, net::TlsContext* tls) { shard_->add(std::move(socket), tls); };
    listeners_.push_back(std::make_unique<net::MqttListener>(io_, tcp::endpoint(*address, config_.mqtts_port), mqtt_tls_.get(), on_socket));
    if (config_.mqtt_port)
        listeners_.push_back(std::make_unique<net::MqttListener>(io_, tcp::endpoint(*address, *config_.mqtt_port), nullptr, on_socket));
    for (const auto& listener : listeners_) {
        if (auto opened = listener->open(); !opened) return opened;
    }
    addresses_.mqtts_url = listeners_.front()->url();
    if (config_.mqtt_port) addresses_.mqtt_url = listeners_.back()->url();

    tcp::endpoint est_endpoint(*address, config_.est_port);
    auto est_server = net::open_https_server(io_, est_endpoint, *est_tls_, [this](const net::HttpRequest& request) -> net::HttpResponse {
        const std::string_view prefix = est_path;
        if (request.target.rfind(prefix, 0) != 0) return {404, "text/plain", {}, "EST is served below /.well-known/est\n"};
        auto response =
            est_->handle({request.method, request.target.substr(prefix.size()), request.content_type, request.authorization, request.body});
        return {response.status, std::move(response.content_type), std::move(response.headers), std::move(response.body)};
    });
    if (!est_server) return std::move(est_server).error();
    est_server_ = std::move(*est_server);
    addresses_.est_url = net::url_of("https", est_endpoint) + est_path;

    addresses_.admin_socket =
        config_.admin_socket.empty() ? directory_->path() / "admin.sock" : std::filesystem::absolute(config_.admin_socket);
    auto admin_server = net::open_unix_http_server(io_, addresses_.admin_socket,
                                                   [this](const net::HttpRequest& request) { return admin_->handle(request); });
    if (!admin_server) return std::move(admin_server).error();
    admin_server_ = std::move(*admin_server);
    return {};
}

void Broker::Impl::stop() {
    std::call_once(stopped_, [this] {
        if (thread_.joinable()) {
            asio::post(io_, [this] {
                for (const auto& listener : listeners_) listener->close();
                est_server_->close();
                admin_server_->close();
                if (outage_timer_) outage_timer_->cancel();
                shard_->shut_down();
                shard_->stop();
                work_.reset();
            });
            thread_.join();
        }
        is_stopped_ = true;
        // What io handlers still hold refers to the shard: it goes first.
        admin_server_.reset();
        est_server_.reset();
        listeners_.clear();
        registry_.reset();
        directory_.reset();
    });
}

}  // namespace muster::testbroker

// SPDX-License-Identifier: Apache-2.0
// The broker's composition root: registry, authority, core and listeners made into one that serves.
#include "admin/admin_service.hpp"
#include "authority/authority.hpp"
#include "authority/est_service.hpp"
#include "authority/provisioning.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "faults/outage.hpp"
#include "net/endpoint.hpp"
#include "net/http_server.hpp"
#include "net/mqtt_listener.hpp"
#include "net/shard.hpp"
#include "net/tls.hpp"
#include "registry/directory.hpp"
#include "registry/registry.hpp"

#include <muster/testbroker/broker.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace muster::testbroker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr const char* est_path = "/.well-known/est";

/// The data directory: given, or a temporary one that is removed. Threads: one.
class DataDirectory {
public:
    static Result<std::unique_ptr<DataDirectory>> make(const std::filesystem::path& given) {
        if (!given.empty()) {
            if (auto made = base::make_private_directory(given); !made) return std::move(made).error();
            return std::unique_ptr<DataDirectory>(new DataDirectory(std::filesystem::absolute(given), false));
        }
        std::string name = (std::filesystem::temp_directory_path() / "muster-broker-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) return base::system_error(errno, "cannot make a temporary directory", name);
        return std::unique_ptr<DataDirectory>(new DataDirectory(name, true));
    }
    ~DataDirectory() {
        std::error_code ignored;  // Nobody is left to tell.
        if (temporary_) std::filesystem::remove_all(path_, ignored);
    }
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    DataDirectory(std::filesystem::path path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
    std::filesystem::path path_;
    bool temporary_;
};

core::Limits limits_of(const BrokerConfig& config) {
    core::Limits limits;
    limits.max_packet_size = config.max_packet_size;
    limits.session.max_queued = config.max_queued_messages;
    limits.connect_deadline = config.connect_deadline;
    return limits;
}

}  // namespace

/// Members are made from the ground up and stop in the reverse order. Threads: the io thread owns shard, listeners and outage; registry and
/// authority may be called from any.
class Broker::Impl final : public admin::Actions {
public:
    explicit Impl(BrokerConfig config) : config_(std::move(config)) {}
    ~Impl() override { stop(); }

    Result<void> start();
    void stop();

    [[nodiscard]] const BrokerAddresses& addresses() const override { return addresses_; }
    Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation) override;
    Result<std::vector<TenantInfo>> list_tenants() override { return registry_->list_tenants(); }
    Result<Registration> register_device(std::string_view tenant, std::string_view id) override {
        return registry_->register_device(tenant, id);
    }
    Result<std::vector<DeviceInfo>> list_devices(std::string_view tenant) override { return registry_->list_devices(tenant); }
    Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password) override {
        return registry_->set_application(tenant, user, password);
    }
    Result<void> begin_outage(std::chrono::milliseconds duration) override;
    BrokerCounters counters() override;

private:
    Result<void> open_data();
    Result<void> open_tls();
    Result<void> open_listeners();
    void go_away(std::chrono::milliseconds duration);
    void come_back();
    BrokerCounters count() const;
    void log(LogLevel level, const std::string& line) {
        if (config_.log) config_.log(level, line);
    }

    BrokerConfig config_;
    BrokerAddresses addresses_;
    base::SystemClock clock_;
    base::SystemRandom random_;
    std::unique_ptr<DataDirectory> directory_;
    std::unique_ptr<registry::Registry> registry_;
    std::unique_ptr<authority::Authority> authority_;
    std::unique_ptr<registry::RegistryDirectory> tenants_;
    std::unique_ptr<tenancy::Admission> admission_;
    std::unique_ptr<authority::EstService> est_;
    std::unique_ptr<admin::AdminService> admin_;
    std::unique_ptr<net::TlsContext> mqtt_tls_;
    std::unique_ptr<net::TlsContext> est_tls_;

    asio::io_context io_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    std::unique_ptr<net::Shard> shard_;
    std::vector<std::unique_ptr<net::MqttListener>> listeners_;
    std::unique_ptr<net::HttpServer> est_server_;
    std::unique_ptr<net::HttpServer> admin_server_;
    faults::Outage outage_;
    std::optional<asio::steady_timer> outage_timer_;
    std::thread thread_;
    std::once_flag stopped_;
    std::atomic<bool> is_stopped_{false};
};

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

Result<TenantInfo> Broker::Impl::create_tenant(std::string_view name, Isolation isolation) {
    auto created = authority::create_tenant(*authority_, *registry_, name, isolation);
    if (!created) return created;
    const auto tenant = registry_->find_tenant(name);
    if (tenant && *tenant) mqtt_tls_->trust((*tenant)->issuing_ca_pem);
    return created;
}

Result<void> Broker::Impl::begin_outage(std::chrono::milliseconds duration) {
    if (auto checked = faults::check_outage(duration); !checked) return checked;
    asio::post(io_, [this, duration] { go_away(duration); });
    return {};
}

void Broker::Impl::go_away(std::chrono::milliseconds duration) {
    if (outage_.begin(clock_.now(), duration)) {
        for (const auto& listener : listeners_) listener->close();
        est_server_->close();
        shard_->cut_all();
    }
    if (!outage_timer_) outage_timer_.emplace(io_);
    outage_timer_->expires_at(*outage_.until());
    outage_timer_->async_wait([this](boost::system::error_code error) {
        if (!error && outage_.ends(clock_.now())) come_back();
    });
}

void Broker::Impl::come_back() {
    for (const auto& listener : listeners_) {
        if (auto opened = listener->open(); !opened) log(LogLevel::error, "after the outage: " + opened.error().message());
    }
    if (auto opened = est_server_->reopen(); !opened) log(LogLevel::error, "after the outage: " + opened.error().message());
}

BrokerCounters Broker::Impl::count() const {
    const core::Counters& core = shard_->core().counters();
    BrokerCounters counters;
    counters.connections = core.connections;
    counters.refused = core.refused;
    counters.malformed = core.malformed;
    counters.open_connections = shard_->core().open_connections();
    counters.messages_in = core.messages_in;
    counters.messages_out = core.deliveries.sent;
    counters.dropped_queue_full = core.deliveries.queue_full;
    counters.certificates_issued = est_->certificates_issued();
    return counters;
}

BrokerCounters Broker::Impl::counters() {
    if (is_stopped_ || thread_.get_id() == std::this_thread::get_id()) return count();
    // Shared, because a broker that stops meanwhile never answers.
    const auto answer = std::make_shared<std::promise<BrokerCounters>>();
    auto future = answer->get_future();
    asio::post(io_, [this, answer] { answer->set_value(count()); });
    return future.wait_for(std::chrono::seconds(5)) == std::future_status::ready ? future.get() : BrokerCounters{};
}

Result<std::unique_ptr<Broker>> Broker::start(BrokerConfig config) {
    auto impl = std::make_unique<Impl>(std::move(config));
    if (auto started = impl->start(); !started) return std::move(started).error();
    return std::unique_ptr<Broker>(new Broker(std::move(impl)));
}

Broker::Broker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Broker::~Broker() = default;

const BrokerAddresses& Broker::addresses() const noexcept {
    return impl_->addresses();
}
Result<TenantInfo> Broker::create_tenant(std::string_view name, Isolation isolation) {
    return impl_->create_tenant(name, isolation);
}
Result<std::vector<TenantInfo>> Broker::list_tenants() const {
    return impl_->list_tenants();
}
Result<Registration> Broker::register_device(std::string_view tenant, std::string_view device_id) {
    return impl_->register_device(tenant, device_id);
}
Result<std::vector<DeviceInfo>> Broker::list_devices(std::string_view tenant) const {
    return impl_->list_devices(tenant);
}
Result<void> Broker::set_application(std::string_view tenant, std::string_view user, std::string_view password) {
    return impl_->set_application(tenant, user, password);
}
Result<void> Broker::begin_outage(std::chrono::milliseconds duration) {
    return impl_->begin_outage(duration);
}
BrokerCounters Broker::counters() const {
    return impl_->counters();
}
void Broker::stop() {
    impl_->stop();
}

}  // namespace muster::testbroker

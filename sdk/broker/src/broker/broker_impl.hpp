// SPDX-License-Identifier: Apache-2.0
// The broker's composition root: registry, authority, core and listeners made into one that serves.
#pragma once

#include "admin/admin_api.hpp"
#include "admin/admin_service.hpp"
#include "admin/certificate_routes.hpp"
#include "admin/client_routes.hpp"
#include "admin/event_feed.hpp"
#include "admin/event_log.hpp"
#include "admin/fleet_routes.hpp"
#include "admin/metrics.hpp"
#include "admin/token.hpp"
#include "authority/authority.hpp"
#include "authority/crl_cache.hpp"
#include "authority/est_service.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "broker/fault_control.hpp"
#include "broker/first_connect.hpp"
#include "broker/state_directory.hpp"
#include "broker/stored_limits.hpp"
#include "faults/outage.hpp"
#include "faults/plan.hpp"
#include "net/http_server.hpp"
#include "net/mqtt_network.hpp"
#include "net/tls.hpp"
#include "net/websocket_entrance.hpp"
#include "registry/registry.hpp"
#include "state/session_store.hpp"

#include <muster/testbroker/broker.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace muster::testbroker {

/// Members are made from the ground up and stop in the reverse order. Threads: the io thread owns the network and the outage; registry and
/// authority may be called from any.
class Broker::Impl final : public admin::Actions,
                           public admin::FleetActions,
                           public admin::DeviceActions,
                           public admin::ClientActions,
                           public admin::CertificateActions {
public:
    explicit Impl(BrokerConfig config);
    ~Impl() override { stop(); }

    Result<void> start();
    void stop();

    [[nodiscard]] const BrokerAddresses& addresses() const override { return addresses_; }
    [[nodiscard]] std::vector<admin::ListenerInfo> listeners() const override;
    Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) override;
    Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options) override {
        return registry_->set_tenant_options(name, options);
    }
    Result<std::vector<TenantInfo>> list_tenants() override { return registry_->list_tenants(); }
    Result<Registration> register_device(std::string_view tenant, std::string_view id) { return registry_->register_device(tenant, id); }
    Result<std::vector<Result<registry::RegisteredDevice>>> register_devices(std::string_view tenant,
                                                                             const std::vector<registry::NewDevice>& devices) override {
        return registry_->register_devices(tenant, devices);
    }
    Result<std::vector<registry::KnownDevice>> list_devices(std::string_view tenant, std::string_view after, std::int64_t limit) override {
        return registry_->list_devices(tenant, after, limit);
    }
    Result<registry::KnownDevice> find_device(std::string_view tenant, std::string_view id) override {
        return registry_->find_device(tenant, id);
    }
    Result<void> set_tenant_limits(std::string_view name, const TenantLimits& limits) override {
        return registry_->set_tenant_limits(name, limits);
    }
    Result<TenantLimits> tenant_limits(std::string_view name) override { return registry_->tenant_limits(name); }
    // Whoever is connected and is not admitted any more is disconnected by the core, which asks admission at every tick.
    Result<void> revoke_device(std::string_view tenant, std::string_view id) { return registry_->revoke_device(tenant, id); }
    Result<std::vector<Result<void>>> revoke_devices(std::string_view tenant, const std::vector<std::string>& ids,
                                                     registry::RevocationReason reason) override {
        return registry_->revoke_devices(tenant, ids, reason);
    }
    // What nobody has is a mistake of who typed it; a program may know of certificates that this registry does not, for it is a copy's.
    Result<void> revoke_certificate(std::string_view tenant, std::string_view serial, registry::RevocationReason reason) override {
        if (auto known = registry_->require_certificate(tenant, serial); !known) return known;
        return registry_->revoke_certificate(tenant, serial, reason);
    }
    Result<void> revoke_any_certificate(std::string_view tenant, std::string_view serial) {
        return registry_->revoke_certificate(tenant, serial);
    }
    Result<void> delete_device(std::string_view tenant, std::string_view id) { return registry_->delete_device(tenant, id); }
    Result<std::vector<Result<void>>> delete_devices(std::string_view tenant, const std::vector<std::string>& ids) override {
        return registry_->delete_devices(tenant, ids);
    }
    Result<void> delete_application(std::string_view tenant, std::string_view user) override {
        return registry_->delete_application(tenant, user);
    }
    Result<void> delete_tenant(std::string_view name) override;
    Result<void> set_device_password(std::string_view tenant, std::string_view id, std::string_view password) override {
        return registry_->set_device_password(tenant, id, password);
    }
    Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password) override {
        return registry_->set_application(tenant, user, password);
    }
    Result<IssuedCertificate> issue_application_certificate(std::string_view tenant, std::string_view user,
                                                            std::string_view csr_pem) override;
    Result<std::vector<EnrollmentRequest>> list_enrollment_requests(std::string_view tenant) override {
        return registry_->list_enrollment_requests(tenant);
    }
    Result<void> decide_enrollment(std::string_view tenant, std::string_view id, std::string_view csr, Approval approval) override {
        return registry_->decide_enrollment(tenant, id, csr, approval);
    }
    Result<std::vector<Issuance>> list_issuances(std::string_view tenant, std::size_t limit) override {
        return registry_->list_issuances(tenant, limit);
    }
    Result<std::string> make_crl(std::string_view tenant) override;
    Result<CaChallenge> make_ca_challenge(std::string_view tenant) override { return registry_->make_ca_challenge(tenant); }
    Result<TrustedCa> add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                     AutoRegistration auto_registration) override;
    Result<TrustedCa> set_auto_registration(std::string_view tenant, std::string_view ca_sha256,
                                            AutoRegistration auto_registration) override {
        return registry_->set_auto_registration(tenant, ca_sha256, auto_registration);
    }
    Result<std::vector<TrustedCa>> list_trusted_cas(std::string_view tenant) override { return registry_->list_trusted_cas(tenant); }
    Result<void> remove_trusted_ca(std::string_view tenant, std::string_view ca_sha256) override;
    Result<FaultId> inject(const Fault& fault) override;
    Result<void> remove_fault(FaultId id) override;
    admin::ClearedFaults clear_faults() override;
    std::vector<FaultInfo> faults() override;
    Result<void> run_scenario(const Scenario& scenario) override;
    Result<void> begin_outage(std::chrono::milliseconds duration);
    BrokerCounters counters() override;
    std::vector<core::ClientInfo> clients(std::optional<std::string_view> tenant) override;
    std::size_t kick(std::string_view tenant, std::string_view client_id, const std::string& why) override;

private:
    Result<void> open_data();
    Result<void> open_tls();
    Result<void> open_network(net::ShardLimits limits);
    // broker_sessions.cpp
    Result<void> open_sessions();
    Result<void> open_est();
    /// Of certificates at most, whatever a tenant's policy says.
    [[nodiscard]] authority::Validity validity() const { return {config_.certificate_lifetime, config_.certificate_backdate}; }
    [[nodiscard]] authority::EstPolicy est_policy() const { return {validity(), config_.expired_renewal_grace, config_.approval_poll}; }
    Result<void> open_crl();
    [[nodiscard]] authority::ServerPlan server_plan() const { return {listening_addresses(), config_.server_certificate_lifetime}; }
    /// None: the request is for no CRL.
    std::optional<net::HttpResponse> answer_crl(const net::HttpRequest& request);
    // broker_certificates.cpp
    /// The listeners go by what the registry has of the tenant now.
    Result<void> refresh_trust(std::string_view tenant);

    // broker_server_renewal.cpp
    void await_server_renewal();
    void renew_server_certificate();
    Result<void> show_server_certificate(const authority::ServerFiles& files);

    // broker_listeners.cpp
    Result<void> check_listeners();
    /// IP addresses, EST's too.
    [[nodiscard]] std::vector<std::string> listening_addresses() const;
    Result<void> open_listeners();
    Result<std::string> open_listener(const Listener& listener);
    Result<std::string> open_websocket(const Listener& listener, net::TlsContext* tls);
    /// None: there is no such URL.
    [[nodiscard]] std::string* first_url(ListenerScheme scheme);

    Result<void> open_admin();
    void open_events();
    void close_events();
    void gather_events();
    void tell_events();
    void tell_drops();
    void tell(admin::Event event);
    /// Tells of who comes to an entrance that is not MQTT's own and speaks what is not spoken there.
    [[nodiscard]] net::OnStranger stranger_at(std::string_view place);
    admin::Figures measure();
    void open_faults();
    void go_away(std::chrono::milliseconds duration);
    void return_by(std::optional<base::SteadyTime> until);
    void await_return();
    void come_back();
    BrokerCounters count();
    void log(LogLevel level, const std::string& line) {
        if (config_.log) config_.log(level, line);
    }

    BrokerConfig config_;
    std::vector<Listener> listeners_;
    BrokerAddresses addresses_;
    base::SystemClock clock_;
    const base::SteadyTime started_ = clock_.now();
    base::SystemRandom random_;
    core::MemoryCeiling memory_{config_.max_memory};
    std::unique_ptr<StateDirectory> directory_;
    std::unique_ptr<registry::Registry> registry_;
    std::unique_ptr<state::SessionStore> sessions_;  // None: they are in memory only.
    std::unique_ptr<authority::Authority> authority_;
    std::unique_ptr<authority::CrlCache> crls_;
    std::unique_ptr<FirstConnect> first_connect_;
    std::unique_ptr<tenancy::Admission> admission_;
    std::unique_ptr<StoredLimits> tenant_limits_;
    std::unique_ptr<authority::EstService> est_;
    std::unique_ptr<admin::AdminService> admin_;
    admin::EventLog events_;
    admin::EventFeed event_feed_;
    std::map<std::string, std::uint64_t> strangers_;  // By entrance; of the thread of `io_`.
    std::unique_ptr<admin::AdminApi> admin_api_;
    std::optional<admin::Token> admin_token_;
    std::mutex trust_mutex_;  // Held from the registry to the store, so that the last one to look has the last word.
    net::TrustStore trusted_;
    // One for each, so that a session that began without a certificate is not resumed where one is required.
    std::map<ClientCertificates, std::unique_ptr<net::TlsContext>> mqtt_tls_;
    std::unique_ptr<net::TlsContext> est_tls_;
    authority::ServerFiles server_files_;  // What they show; of the thread of `io_`, once that runs.

    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::unique_ptr<FaultControl> faults_;
    std::unique_ptr<faults::Plan> est_plan_;
    std::unique_ptr<net::MqttNetwork> network_;
    std::vector<std::unique_ptr<net::WebSocketEntrance>> websockets_;
    std::unique_ptr<net::HttpServer> est_server_;
    std::unique_ptr<net::HttpServer> crl_server_;  // None: they are served beside EST only.
    std::unique_ptr<net::HttpServer> admin_server_;
    std::unique_ptr<net::HttpServer> admin_tcp_server_;
    faults::Outage outage_;
    std::optional<boost::asio::steady_timer> outage_timer_;
    std::optional<boost::asio::steady_timer> events_timer_;
    std::optional<boost::asio::steady_timer> drops_timer_;
    std::optional<boost::asio::steady_timer> renewal_timer_;
    std::thread thread_;
    std::once_flag stopped_;
    std::atomic<bool> is_stopped_{false};
};

}  // namespace muster::testbroker

// SPDX-License-Identifier: Apache-2.0
// The broker's public face.
#include "base/files.hpp"
#include "broker/broker_impl.hpp"

#include <muster/testbroker/broker.hpp>

#include <boost/system/system_error.hpp>

#include <limits>
#include <utility>

namespace muster::testbroker {

Result<std::unique_ptr<Broker>> Broker::start(BrokerConfig config) {
    try {
        auto impl = std::make_unique<Impl>(std::move(config));
        if (auto started = impl->start(); !started) return std::move(started).error();
        return std::unique_ptr<Broker>(new Broker(std::move(impl)));
    } catch (const boost::system::system_error& problem) {  // An event loop that the system has no descriptors for.
        return base::system_error(problem.code().value(), "cannot start", "the broker");
    }
}

Broker::Broker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Broker::~Broker() = default;

const BrokerAddresses& Broker::addresses() const noexcept {
    return impl_->addresses();
}
Result<TenantInfo> Broker::create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) {
    return impl_->create_tenant(name, isolation, options);
}
Result<TenantInfo> Broker::set_tenant_options(std::string_view name, const TenantOptions& options) {
    return impl_->set_tenant_options(name, options);
}
Result<std::vector<TenantInfo>> Broker::list_tenants() const {
    return impl_->list_tenants();
}
Result<Registration> Broker::register_device(std::string_view tenant, std::string_view device_id) {
    return impl_->register_device(tenant, device_id);
}
Result<std::vector<DeviceInfo>> Broker::list_devices(std::string_view tenant) const {
    const auto devices = impl_->list_devices(tenant, {}, std::numeric_limits<std::int64_t>::max());
    if (!devices) return devices.error();
    return std::vector<DeviceInfo>(devices->begin(), devices->end());
}
Result<void> Broker::set_device_password(std::string_view tenant, std::string_view device_id, std::string_view password) {
    return impl_->set_device_password(tenant, device_id, password);
}
Result<void> Broker::set_application(std::string_view tenant, std::string_view user, std::string_view password) {
    return impl_->set_application(tenant, user, password);
}
Result<IssuedCertificate> Broker::issue_application_certificate(std::string_view tenant, std::string_view user, std::string_view csr_pem) {
    return impl_->issue_application_certificate(tenant, user, csr_pem);
}
Result<std::vector<EnrollmentRequest>> Broker::list_enrollment_requests(std::string_view tenant) const {
    return impl_->list_enrollment_requests(tenant);
}
Result<void> Broker::decide_enrollment(std::string_view tenant, std::string_view device_id, std::string_view key_sha256,
                                       Approval approval) {
    return impl_->decide_enrollment(tenant, device_id, key_sha256, approval);
}
Result<std::vector<Issuance>> Broker::list_issuances(std::string_view tenant, std::size_t limit) const {
    return impl_->list_issuances(tenant, limit);
}
Result<std::string> Broker::make_crl(std::string_view tenant) const {
    return impl_->make_crl(tenant);
}
Result<CaChallenge> Broker::make_ca_challenge(std::string_view tenant) {
    return impl_->make_ca_challenge(tenant);
}
Result<TrustedCa> Broker::add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                         AutoRegistration auto_registration) {
    return impl_->add_trusted_ca(tenant, certificate_pem, proof_pem, auto_registration);
}
Result<TrustedCa> Broker::set_auto_registration(std::string_view tenant, std::string_view ca_sha256, AutoRegistration auto_registration) {
    return impl_->set_auto_registration(tenant, ca_sha256, auto_registration);
}
Result<std::vector<TrustedCa>> Broker::list_trusted_cas(std::string_view tenant) const {
    return impl_->list_trusted_cas(tenant);
}
Result<void> Broker::remove_trusted_ca(std::string_view tenant, std::string_view ca_sha256) {
    return impl_->remove_trusted_ca(tenant, ca_sha256);
}
Result<void> Broker::set_tenant_limits(std::string_view name, const TenantLimits& limits) {
    return impl_->set_tenant_limits(name, limits);
}
Result<TenantLimits> Broker::tenant_limits(std::string_view name) const {
    return impl_->tenant_limits(name);
}
Result<void> Broker::revoke_device(std::string_view tenant, std::string_view device_id) {
    return impl_->revoke_device(tenant, device_id);
}
Result<void> Broker::revoke_certificate(std::string_view tenant, std::string_view serial) {
    return impl_->revoke_any_certificate(tenant, serial);
}
Result<void> Broker::delete_device(std::string_view tenant, std::string_view device_id) {
    return impl_->delete_device(tenant, device_id);
}
Result<void> Broker::delete_application(std::string_view tenant, std::string_view user) {
    return impl_->delete_application(tenant, user);
}
Result<void> Broker::delete_tenant(std::string_view name) {
    return impl_->delete_tenant(name);
}
Result<void> Broker::begin_outage(std::chrono::milliseconds duration) {
    return impl_->begin_outage(duration);
}
Result<FaultId> Broker::inject(const Fault& fault) {
    return impl_->inject(fault);
}
Result<void> Broker::remove_fault(FaultId id) {
    return impl_->remove_fault(id);
}
std::size_t Broker::clear_faults() {
    const auto cleared = impl_->clear_faults();
    return cleared.standing + cleared.absences;
}
std::vector<FaultInfo> Broker::faults() const {
    return impl_->faults();
}
Result<void> Broker::run_scenario(const Scenario& scenario) {
    return impl_->run_scenario(scenario);
}
BrokerCounters Broker::counters() const {
    return impl_->counters();
}
void Broker::stop() {
    impl_->stop();
}

}  // namespace muster::testbroker

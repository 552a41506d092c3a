// SPDX-License-Identifier: Apache-2.0
// A broker behind the admin API that says yes, but for tenants that are not `acme`.
#pragma once

#include "admin/admin_api.hpp"

#include <string>
#include <vector>

namespace muster::fuzz {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

inline Result<void> if_known(std::string_view tenant) {
    if (tenant == "acme") return {};
    return Error{Code::not_found, "there is no tenant '" + std::string(tenant) + "'", "create it"};
}

class FakeActions final : public admin::Actions {
public:
    Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) override {
        if (name == "acme") return Error{Code::conflict, "the tenant 'acme' exists already", "choose another"};
        return TenantInfo{std::string(name), isolation, 0, "abc", {}, options};
    }
    Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options) override {
        return TenantInfo{std::string(name), Isolation::device, 0, "abc", {}, options};
    }
    Result<std::vector<TenantInfo>> list_tenants() override {
        return std::vector<TenantInfo>{{"acme", Isolation::device, 2, "abc", {}, {true, false}}};
    }
    Result<void> set_device_password(std::string_view tenant, std::string_view, std::string_view) override { return if_known(tenant); }
    Result<void> set_application(std::string_view tenant, std::string_view, std::string_view) override { return if_known(tenant); }
    Result<FaultId> inject(const Fault& fault) override {
        faults_ = {FaultInfo{1, fault, true, 0, 0, {}}};
        return FaultId{1};
    }
    Result<void> remove_fault(FaultId) override { return {}; }
    testbroker::admin::ClearedFaults clear_faults() override { return {std::exchange(faults_, {}).size(), 0}; }
    std::vector<FaultInfo> faults() override { return faults_; }
    Result<void> run_scenario(const Scenario&) override { return {}; }
    BrokerCounters counters() override { return {}; }
    const BrokerAddresses& addresses() const override { return addresses_; }
    std::vector<admin::ListenerInfo> listeners() const override { return {{"wss://127.0.0.1:1/mqtt", ListenerScheme::wss, {}}}; }

private:
    std::vector<FaultInfo> faults_;
    BrokerAddresses addresses_;
};

class FakeClients final : public admin::ClientActions {
public:
    std::vector<core::ClientInfo> clients(std::optional<std::string_view> tenant) override {
        core::ClientInfo client;
        client.tenant = tenant.value_or("acme");
        client.client_id = "press-01";
        return {client};
    }
    std::size_t kick(std::string_view tenant, std::string_view, const std::string&) override { return tenant == "acme" ? 1 : 0; }
};

class FakeFleet final : public admin::FleetActions {
public:
    Result<void> set_tenant_limits(std::string_view tenant, const TenantLimits& wanted) override {
        limits_ = wanted;
        return if_known(tenant);
    }
    Result<TenantLimits> tenant_limits(std::string_view tenant) override {
        if (auto known = if_known(tenant); !known) return std::move(known).error();
        return limits_;
    }
    Result<void> delete_application(std::string_view tenant, std::string_view) override { return if_known(tenant); }
    Result<void> delete_tenant(std::string_view name) override { return if_known(name); }

private:
    TenantLimits limits_;
};

class FakeDevices final : public admin::DeviceActions {
public:
    Result<std::vector<Result<registry::RegisteredDevice>>> register_devices(std::string_view tenant,
                                                                             const std::vector<registry::NewDevice>& devices) override {
        if (auto known = if_known(tenant); !known) return std::move(known).error();
        std::vector<Result<registry::RegisteredDevice>> all;
        for (const auto& device : devices) all.push_back(registry::RegisteredDevice{{device.id, "secret", {}}, {}});
        return all;
    }
    Result<std::vector<registry::KnownDevice>> list_devices(std::string_view tenant, std::string_view, std::int64_t) override {
        if (auto known = if_known(tenant); !known) return std::move(known).error();
        return std::vector<registry::KnownDevice>{find_device(tenant, "press-01").value()};
    }
    Result<registry::KnownDevice> find_device(std::string_view tenant, std::string_view id) override {
        registry::KnownDevice device;
        device.tenant = tenant;
        device.id = id;
        device.attributes = {{"type", "press"}};
        return device;
    }
    Result<std::vector<Result<void>>> revoke_devices(std::string_view tenant, const std::vector<std::string>& ids,
                                                     registry::RevocationReason) override {
        return std::vector<Result<void>>(ids.size(), if_known(tenant));
    }
    Result<void> revoke_certificate(std::string_view tenant, std::string_view, registry::RevocationReason) override {
        return if_known(tenant);
    }
    Result<std::vector<Result<void>>> delete_devices(std::string_view tenant, const std::vector<std::string>& ids) override {
        return std::vector<Result<void>>(ids.size(), if_known(tenant));
    }
};

class FakeCertificates final : public admin::CertificateActions {
public:
    Result<IssuedCertificate> issue_application_certificate(std::string_view tenant, std::string_view, std::string_view) override {
        if (auto known = if_known(tenant); !known) return std::move(known).error();
        return IssuedCertificate{"01", "pem", "pem", {}};
    }
    Result<std::vector<EnrollmentRequest>> list_enrollment_requests(std::string_view) override {
        return std::vector<EnrollmentRequest>{{"acme", "press-01", "abc", Approval::waiting, {}}};
    }
    Result<void> decide_enrollment(std::string_view tenant, std::string_view, std::string_view, Approval) override {
        return if_known(tenant);
    }
    Result<std::vector<Issuance>> list_issuances(std::string_view, std::size_t) override {
        return std::vector<Issuance>{{"01", "acme", "device", "press-01", "one-time password", "abc", "issued", {}, {}}};
    }
    Result<std::string> make_crl(std::string_view) override { return std::string("pem"); }
    Result<CaChallenge> make_ca_challenge(std::string_view) override { return CaChallenge{"ABC", {}}; }
    Result<TrustedCa> add_trusted_ca(std::string_view tenant, std::string_view, std::string_view, AutoRegistration wanted) override {
        return set_auto_registration(tenant, "01", wanted);
    }
    Result<TrustedCa> set_auto_registration(std::string_view tenant, std::string_view sha256, AutoRegistration wanted) override {
        if (auto known = if_known(tenant); !known) return std::move(known).error();
        return TrustedCa{std::string(tenant), std::string(sha256), "CN=ca", {}, wanted, {}};
    }
    Result<std::vector<TrustedCa>> list_trusted_cas(std::string_view) override {
        return std::vector<TrustedCa>{{"acme", "01", "CN=ca", {}, {}, {}}};
    }
    Result<void> remove_trusted_ca(std::string_view tenant, std::string_view) override { return if_known(tenant); }
};

}  // namespace muster::fuzz

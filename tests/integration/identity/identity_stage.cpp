// SPDX-License-Identifier: Apache-2.0
// A broker with two tenants.
#include "identity_stage.hpp"

#include "base/base64.hpp"
#include "base/files.hpp"
#include "registry/secrets.hpp"
#include "unit/broker/authority/request_maker.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>

namespace muster::test {
namespace {

using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

BioHandle reading(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all};
}

}  // namespace

std::vector<CertificateHandle> certificates_in(const std::string& pem) {
    const auto bio = reading(pem);
    std::vector<CertificateHandle> certificates;
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) certificates.emplace_back(certificate, &X509_free);
    return certificates;
}

KeyHandle key_in(const std::string& pem) {
    return {PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

std::string request_pem(const std::string& common_name, const KeyHandle& key) {
    RequestSpec spec;
    spec.common_names = {common_name};
    spec.key = key;
    return "-----BEGIN CERTIFICATE REQUEST-----\n" + base::encode_base64(make_request(spec)) + "\n-----END CERTIFICATE REQUEST-----\n";
}

IdentityStage::IdentityStage() {
    testbroker::BrokerConfig config;
    config.password_cost = testbroker::registry::min_password_cost;
    auto started = testbroker::Broker::start(std::move(config));
    REQUIRE(started.ok());
    broker_ = std::move(*started);
    REQUIRE(broker_->create_tenant("acme").ok());
    REQUIRE(broker_->create_tenant("other").ok());
}

std::uint16_t IdentityStage::port() const {
    const auto& url = broker_->addresses().mqtts_url;
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

Shown IdentityStage::device(const std::string& tenant, const std::string& id) {
    const auto registered = broker_->register_device(tenant, id);
    REQUIRE(registered.ok());
    EnrollRequest request;
    request.est_url = broker_->addresses().est_url + "/" + tenant;
    request.device_id = id;
    request.one_time_password = registered->one_time_password;
    request.trust_anchors = broker_->addresses().ca_file;
    request.identity_dir = directory_ / std::to_string(++identities_);
    REQUIRE(enroll(request).ok());
    const auto chain = certificates_in(base::load_file(request.identity_dir / "device.crt").value());
    REQUIRE_FALSE(chain.empty());
    return {key_in(base::load_file(request.identity_dir / "device.key").value()), chain.front(), {}};
}

Minted IdentityStage::ca(const std::string& name) const {
    const auto directory = broker_->addresses().state_dir / "ca";
    return {key_in(base::load_file(directory / (name + ".key")).value()),
            certificates_in(base::load_file(directory / (name + ".pem")).value()).front()};
}

Shown IdentityStage::application(const std::string& tenant, const std::string& user) {
    const auto key = mint_key();
    const auto issued = broker_->issue_application_certificate(tenant, user, request_pem(user, key));
    REQUIRE(issued.ok());
    return {key, certificates_in(issued->certificate_pem).front(), {}};
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A broker with two tenants, and devices whose certificates are as the test wants them.
#pragma once

#include "integration/network/tls_client.hpp"
#include "support/temporary_directory.hpp"

#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace muster::test {

/// As the broker wants it.
[[nodiscard]] inline std::string serial_of(const Minted& identity) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(identity.certificate.get()), nullptr), &BN_free);
    char* hex = BN_bn2hex(number.get());
    std::string serial = hex;
    OPENSSL_free(hex);
    return serial;
}

/// The port of a listener's URL, with a path or without.
[[nodiscard]] inline std::uint16_t port_in(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// Tenants `acme` and `bolt`, isolated. Threads: one.
class TlsFleet {
public:
    explicit TlsFleet(testbroker::BrokerConfig config = {}) {
        config.state_dir = directory_ / "data";
        auto started = testbroker::Broker::start(std::move(config));
        INFO((started ? "" : started.error().message()));
        REQUIRE(started);
        broker_ = std::move(*started);
        for (const auto* tenant : {"acme", "bolt"}) REQUIRE(broker_->create_tenant(tenant));
    }

    /// Registers a device, and makes it a certificate as its tenant's CA would.
    [[nodiscard]] Minted device(const std::string& tenant, const std::string& id, std::chrono::system_clock::time_point ends) {
        REQUIRE(broker_->register_device(tenant, id));
        return certificate(tenant, id, ends);
    }
    [[nodiscard]] Minted certificate(const std::string& tenant, const std::string& id, std::chrono::system_clock::time_point ends) const {
        CertificateSpec spec;
        spec.common_names = {id};
        spec.ends = ends;
        const Minted issuer = issuer_of(tenant);
        return mint(spec, &issuer);
    }

    [[nodiscard]] TlsOptions options(int version, const Minted* identity = nullptr, Ticket ticket = nullptr) const {
        return {version, broker_->addresses().ca_file.string(), identity, std::move(ticket)};
    }
    [[nodiscard]] std::uint16_t port() const { return port_in(broker_->addresses().mqtts_url); }
    [[nodiscard]] testbroker::Broker& broker() { return *broker_; }

private:
    [[nodiscard]] std::string content(const std::string& name) const {
        std::ifstream file(directory_ / ("data/ca/" + name));
        std::ostringstream text;
        text << file.rdbuf();
        REQUIRE(!text.str().empty());
        return text.str();
    }
    [[nodiscard]] Minted issuer_of(const std::string& tenant) const {
        const std::string key = content(tenant + ".key");
        const std::string certificate = content(tenant + ".pem");
        const auto open = [](const std::string& text) {
            return std::unique_ptr<BIO, decltype(&BIO_free_all)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                                 &BIO_free_all);
        };
        return {KeyHandle(PEM_read_bio_PrivateKey(open(key).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free),
                CertificateHandle(PEM_read_bio_X509(open(certificate).get(), nullptr, nullptr, nullptr), &X509_free)};
    }

    TemporaryDirectory directory_;
    std::unique_ptr<testbroker::Broker> broker_;
};

}  // namespace muster::test

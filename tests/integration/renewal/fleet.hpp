// SPDX-License-Identifier: Apache-2.0
// The bundled broker, an EST server that issues for seconds in the name of the tenant's CA, and a device that lives by it.
#pragma once

#include "../device/devices.hpp"
#include "base/base64.hpp"
#include "base/files.hpp"
#include "support/broker_ca.hpp"
#include "support/https_server.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <muster/device.hpp>
#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace muster::test {

/// Good from a second ago to `left` from now.
[[nodiscard]] inline CertificateSpec good_for(std::chrono::seconds left) {
    CertificateSpec spec;
    spec.starts = std::chrono::system_clock::now() - 1s;
    spec.ends = std::chrono::system_clock::now() + left;
    return spec;
}

/// Tenant acme with device press-01 and application dash, tenant other without anybody.
/// Threads: one.
class RenewingFleet {
public:
    /// Makes the reply to a simplereenroll.
    using Renew = std::function<HttpReply(const RenewingFleet&, const HttpRequest&)>;
    static constexpr std::chrono::seconds lifetime{40};

    explicit RenewingFleet(Renew renew = renew_well) : renew_(std::move(renew)) {
        testbroker::BrokerConfig config;
        config.mqtt_port = 0;
        auto started = testbroker::Broker::start(std::move(config));
        REQUIRE(started);
        broker = std::move(*started);
        for (const char* tenant : {"acme", "other"}) REQUIRE(broker->create_tenant(tenant));
        REQUIRE(broker->register_device("acme", "press-01"));
        REQUIRE(broker->set_application("acme", "dash", "open sesame"));
        const auto& data = broker->addresses().state_dir;
        root_ = load_ca(data, "root");
        issuing = load_ca(data, "acme");
        other = load_ca(data, "other");
        CertificateSpec server;
        server.common_names = {"est"};
        server.extended_key_usage = "serverAuth";
        server.subject_alt_name = "IP:127.0.0.1";
        est_ = std::make_unique<HttpsServer>(mint(server, &root_), [this](const HttpRequest& request) { return reply(request); });
    }

    static HttpReply renew_well(const RenewingFleet& fleet, const HttpRequest& request) { return fleet.issue(request, fleet.issuing); }
    [[nodiscard]] HttpReply issue(const HttpRequest& request, const Minted& issuer) const {
        const auto der = base::decode_base64(request.body);
        return certificates({sign_request(*der, issuer, good_for(lifetime)), issuer.certificate});
    }

    /// Writes the identity of press-01 as an enrollment would.
    void enroll(std::chrono::seconds left) const {
        const auto files = IdentityFiles::in(identity());
        REQUIRE(base::make_private_directory(identity()));
        auto spec = good_for(left);
        if (left < 0s) spec.starts = spec.ends - lifetime;
        const auto leaf = mint(spec, &issuing);
        const auto store = [](const std::filesystem::path& path, const std::string& content, base::Access access) {
            REQUIRE(base::store_file(path, content, access, base::Existing::replace));
        };
        store(files.key, pem_of(leaf.key), base::Access::owner_only);
        store(files.certificate, pem_of(leaf.certificate), base::Access::everyone_reads);
        store(files.chain, pem_of(leaf.certificate) + pem_of(issuing.certificate), base::Access::everyone_reads);
        store(files.trust_anchors, *base::load_file(broker->addresses().ca_file), base::Access::everyone_reads);
    }
    [[nodiscard]] std::filesystem::path identity() const { return directory / "identity"; }
    [[nodiscard]] std::string serial() const { return pki::load_certificates(IdentityFiles::in(identity()).chain)->front().serial_hex; }

    /// Renews after a tenth of its certificate's life.
    [[nodiscard]] DeviceConfig device_config() const {
        DeviceConfig config = config_for(broker->addresses().mqtts_url);
        config.client_id.clear();
        config.identity_dir = identity();
        config.backoff.refused_floor = 100ms;
        config.backoff.refused_cap = 500ms;
        config.renewal.est_url = "https://127.0.0.1:" + std::to_string(est_->port()) + "/.well-known/est/acme";
        config.renewal.after_percent = 10;
        config.renewal.jitter_percent = 0;
        return config;
    }
    [[nodiscard]] DeviceConfig application_config() const {
        DeviceConfig config = config_for(broker->addresses().mqtt_url);
        config.client_id = "dash";
        config.username = "acme/dash";
        config.password_file = directory / "password";
        REQUIRE(base::store_file(config.password_file, "open sesame\n", base::Access::owner_only, base::Existing::replace));
        return config;
    }

    const TemporaryDirectory directory;
    std::unique_ptr<testbroker::Broker> broker;
    Minted issuing;
    Minted other;  ///< Under the same root, but no device of the tenant is in its certificates.

private:
    static HttpReply certificates(const std::vector<CertificateHandle>& list) {
        return http_reply(200, "application/pkcs7-mime; smime-type=certs-only", base::encode_base64(pkcs7_of(list)));
    }
    HttpReply reply(const HttpRequest& request) const {
        if (request.method == "GET") return certificates({issuing.certificate, other.certificate, root_.certificate});
        const bool is_signed = request.client && X509_verify(request.client.get(), issuing.key.get()) == 1;
        return is_signed ? renew_(*this, request) : http_reply(401, "text/plain", "show your certificate");
    }

    Renew renew_;
    Minted root_;
    std::unique_ptr<HttpsServer> est_;
};

/// Watches a device's certificate from before its start.
class Credentials {
public:
    explicit Credentials(Device& device) {
        device.on_credential([seen = seen_](CredentialState state, const Status& status) { seen->add({state, status}); });
    }
    /// Waits until `state` has been reported `count` times.
    bool wait(CredentialState state, std::size_t count = 1) {
        return seen_->wait([&](const auto& seen) {
            std::size_t found = 0;
            for (const auto& one : seen) found += one.first == state ? 1U : 0U;
            return found >= count;
        });
    }

private:
    using Seen = Collected<std::pair<CredentialState, Status>>;
    std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace muster::test

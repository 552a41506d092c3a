// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning through a real broker: the claim and then the device's own certificate carry real connections.
#include "../device/devices.hpp"
#include "base/files.hpp"
#include "support/broker_ca.hpp"
#include "support/claim.hpp"
#include "support/temporary_directory.hpp"

#include <muster/device.hpp>
#include <muster/fleet_provisioning.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace muster::test {
namespace {

using nlohmann::json;

/// Tenant acme with the devices claim-01, whose certificate many may share, and press-01; an application plays the provisioning service.
/// Threads: one.
class ProvisioningStage {
public:
    ProvisioningStage() {
        testbroker::BrokerConfig config;
        config.mqtt_port = 0;
        auto started = testbroker::Broker::start(std::move(config));
        REQUIRE(started);
        broker = std::move(*started);
        REQUIRE(broker->create_tenant("acme"));
        for (const char* device : {"claim-01", "press-01"}) REQUIRE(broker->register_device("acme", device));
        REQUIRE(broker->set_application("acme", "service", "open sesame"));
        issuing_ = load_ca(broker->addresses().state_dir, "acme");
        start_service();
        store_claim();
    }
    ~ProvisioningStage() { service_->stop(5s); }

    [[nodiscard]] FleetProvisioningRequest request() const {
        FleetProvisioningRequest request;
        request.endpoint = broker->addresses().mqtts_url;
        request.template_name = "presses";
        request.claim_certificate = directory / "claim.pem";
        request.claim_key = directory / "claim.key";
        request.claim_client_id = "claim-01";
        request.trust_anchors = broker->addresses().ca_file;
        request.device_id = "press-01";
        request.parameters = {{"SerialNumber", "17"}};
        request.identity_dir = directory / "identity";
        return request;
    }

    const TemporaryDirectory directory;
    std::unique_ptr<testbroker::Broker> broker;

private:
    void start_service() {
        DeviceConfig config = config_for(broker->addresses().mqtt_url);
        config.client_id = "service";
        config.username = "acme/service";
        config.password_file = directory / "password";
        REQUIRE(base::store_file(config.password_file, "open sesame\n", base::Access::owner_only, base::Existing::refuse));
        service_ = open_device(std::move(config));
        REQUIRE(service_->subscribe("+/$aws/#", Qos::at_least_once, [this](const Message& message) { serve(message); }));
        REQUIRE(service_->start());
        REQUIRE(service_->wait_subscribed(20s));
    }
    void store_claim() const {
        const auto claim = mint(named("claim-01"), &issuing_);
        const std::string chain = pem_of(claim.certificate) + pem_of(issuing_.certificate);
        REQUIRE(base::store_file(directory / "claim.pem", chain, base::Access::everyone_reads, base::Existing::refuse));
        REQUIRE(base::store_file(directory / "claim.key", pem_of(claim.key), base::Access::owner_only, base::Existing::refuse));
    }
    // Its own answers come back to it too, and are no questions.
    void serve(const Message& message) const {
        const auto slash = message.topic.find('/');
        const std::string question = message.topic.substr(slash + 1);
        if (question == create_topic) {
            const auto csr = der_of_request(json::parse(message.payload)["certificateSigningRequest"]);
            const auto certificate = sign_request(csr, issuing_);
            answer(message.topic, {{"certificateId", "4f"},
                                   {"certificatePem", pem_of(certificate) + pem_of(issuing_.certificate)},
                                   {"certificateOwnershipToken", "token-1"}});
        } else if (question == provision_topic) {
            const auto asked = json::parse(message.payload);
            if (asked["certificateOwnershipToken"] != "token-1" || asked["parameters"]["SerialNumber"] != "17")
                return answer(message.topic, {{"statusCode", 400}, {"errorCode", "InvalidParameters"}, {"errorMessage", "who is it?"}},
                              "/rejected");
            answer(message.topic, {{"thingName", "press-01"}, {"deviceConfiguration", {{"interval", 60}}}});
        }
    }
    void answer(const std::string& topic, const json& payload, const char* kind = "/accepted") const {
        CHECK(service_->publish(topic + kind, payload.dump()));
    }

    Minted issuing_;
    std::unique_ptr<Device> service_;
};

TEST_CASE("a device that has only a claim gets its own certificate, and connects with it") {
    ProvisioningStage stage;
    const auto thing = provision_by_claim(stage.request());
    REQUIRE(thing);
    CHECK(thing->thing_name == "press-01");
    CHECK(json::parse(thing->device_configuration) == json{{"interval", 60}});

    DeviceConfig config = config_for(stage.broker->addresses().mqtts_url);
    config.client_id.clear();
    config.identity_dir = stage.directory / "identity";
    const auto device = open_device(std::move(config));
    REQUIRE(device->start());
    REQUIRE(device->publish("n", "1"));
    CHECK(device->wait_drained(20s));
    CHECK(device->status().client_id == "press-01");
    device->stop(5s);
}

TEST_CASE("fleet provisioning is one of the ways in") {
    ProvisioningStage stage;
    auto request = stage.request();
    request.identity_dir.clear();
    const auto enrolled = make_fleet_provisioning_enroller(std::move(request))->enroll(stage.directory / "other");
    REQUIRE(enrolled);
    const auto stored = pki::load_certificates(IdentityFiles::in(stage.directory / "other").chain);
    REQUIRE(stored);
    CHECK(stored->front().serial_hex == enrolled->serial_hex);
}

TEST_CASE("what the service refuses leaves the device without an identity") {
    ProvisioningStage stage;
    auto request = stage.request();
    request.parameters = {{"SerialNumber", "18"}};
    const auto thing = provision_by_claim(request);
    REQUIRE_FALSE(thing);
    CHECK(thing.error().code() == Code::rejected);
    CHECK_THAT(thing.error().message(), Catch::Contains("InvalidParameters: who is it? (status 400)"));
    CHECK_FALSE(std::filesystem::exists(IdentityFiles::in(request.identity_dir).chain));
}

TEST_CASE("a claim that is revoked is refused by the broker") {
    ProvisioningStage stage;
    REQUIRE(stage.broker->revoke_device("acme", "claim-01"));
    const auto thing = provision_by_claim(stage.request());
    REQUIRE_FALSE(thing);
    CHECK_THAT(thing.error().message(), Catch::Contains("connect with the claim certificate"));
}

}  // namespace
}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A device goes on publishing while its certificate is renewed, and keeps the old one whatever goes wrong.
#include "enroll/generations.hpp"
#include "fleet.hpp"
#include "support/soft_tpm.hpp"

#include <muster/enroll.hpp>

#include <set>

namespace muster::test {
namespace {

TEST_CASE("a device publishes through two renewals, and nothing is lost") {
    RenewingFleet fleet;
    fleet.enroll(RenewingFleet::lifetime);
    const std::string first_serial = fleet.serial();
    const auto received = std::make_shared<Collected<int>>();
    const auto dash = open_device(fleet.application_config());
    REQUIRE(dash->subscribe("press-01/n", Qos::at_least_once,
                            [received](const Message& message) { received->add(std::stoi(message.payload)); }));
    REQUIRE(dash->start());
    REQUIRE(dash->wait_subscribed(20s));

    const auto device = open_device(fleet.device_config());
    REQUIRE(device->start());
    int sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + 90s;
    while (device->status().credential.renewals < 2 && std::chrono::steady_clock::now() < deadline) {
        for (int i = 0; i < 20; ++i) REQUIRE(device->publish("n", std::to_string(sent++)));
        REQUIRE(device->wait_drained(30s));
        // The broker keeps 10,000 for an application that is slower than its devices, and drops the rest.
        REQUIRE(received->wait([&](const auto& all) { return all.size() + 1'000 >= static_cast<std::size_t>(sent); }));
    }
    // The first certificate has become worthless, and nothing hangs on it.
    REQUIRE(fleet.broker->revoke_certificate("acme", first_serial));
    REQUIRE(device->publish("n", std::to_string(sent++)));
    REQUIRE(device->wait_drained(30s));

    const Status status = device->status();
    CHECK(status.credential.renewals >= 2);
    CHECK(status.credential.serial_hex == fleet.serial());
    CHECK(fleet.serial() != first_serial);
    CHECK(status.disconnects == 0);
    CHECK(status.outbox.accepted == static_cast<std::uint64_t>(sent));
    CHECK(status.outbox.delivered == status.outbox.accepted);
    CHECK(accounts_hold(status.outbox));
    REQUIRE(
        received->wait([&](const auto& all) { return std::set<int>(all.begin(), all.end()).size() >= static_cast<std::size_t>(sent); }));
    const auto all = received->values();
    const std::set<int> unique(all.begin(), all.end());
    CHECK(unique.size() == static_cast<std::size_t>(sent));
    CHECK(all.size() - unique.size() <= status.redelivered);
    WARN(sent << " messages through " << status.credential.renewals << " renewals, lost " << sent - static_cast<int>(unique.size())
              << ", doubled " << all.size() - unique.size());
    device->stop(5s);
    dash->stop(5s);
}

TEST_CASE("a certificate that is not due is renewed for the asking") {
    RenewingFleet fleet;
    fleet.enroll(3'600s);
    const std::string serial = fleet.serial();
    auto config = fleet.device_config();
    config.renewal.after_percent = 66;
    const auto device = open_device(config);
    Credentials credentials(*device);
    REQUIRE(device->start());
    REQUIRE(credentials.wait(CredentialState::valid));
    REQUIRE(device->renew());
    REQUIRE(credentials.wait(CredentialState::valid, 2));
    CHECK(device->status().credential.renewals == 1);
    CHECK(fleet.serial() != serial);
    device->stop(5s);
    CHECK(device->renew().error().code() == Code::stopped);
}

TEST_CASE("a device that renews no certificate says so when it is asked to") {
    const auto device = open_device(config_for("mqtt://127.0.0.1:1"));
    const auto asked = device->renew();
    REQUIRE_FALSE(asked);
    CHECK(asked.error().code() == Code::invalid_argument);
    CHECK_THAT(asked.error().hint(), Catch::Contains("renewal.est_url"));
}

TEST_CASE("an identity belongs to one device at a time, until that one stops") {
    RenewingFleet fleet;
    fleet.enroll(3'600s);
    auto config = fleet.device_config();
    if (GENERATE(false, true)) config.renewal.est_url.clear();
    const auto device = open_device(config);
    const auto second = Device::open(config);
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::in_use);
    CHECK_THAT(second.error().message(), Catch::Contains(fleet.identity().string()) && Catch::Contains("held by another process"));
    config.client_id = "press-01";
    CHECK(Device::open(config).ok() == config.renewal.est_url.empty());
    config.client_id.clear();
    device->stop(0s);
    CHECK(Device::open(config));
}

TEST_CASE("a server that fails leaves the device its certificate and its connection") {
    const auto reply = GENERATE(0, 1, 2);
    RenewingFleet fleet([reply](const RenewingFleet&, const HttpRequest&) {
        if (reply == 0) return http_reply(202, "text/plain", "wait", "Retry-After: 5\r\n");
        if (reply == 1) return http_reply(503, "text/plain", "busy");
        return http_reply(200, "application/pkcs7-mime", "Z2FyYmFnZQ==");
    });
    fleet.enroll(RenewingFleet::lifetime);
    const std::string serial = fleet.serial();
    const auto device = open_device(fleet.device_config());
    Credentials credentials(*device);
    REQUIRE(device->start());
    REQUIRE(credentials.wait(CredentialState::retrying));
    REQUIRE(device->publish("n", "1"));
    CHECK(device->wait_drained(20s));
    const Status status = device->status();
    CHECK(status.credential.state == CredentialState::retrying);
    REQUIRE(status.credential.last_error);
    CHECK(status.credential.last_error->code() == (reply == 2 ? Code::corrupt : Code::unavailable));
    CHECK(status.connects == 1);
    CHECK(fleet.serial() == serial);
    CHECK_FALSE(est::Generations(fleet.identity()).candidate());
    device->stop(5s);
}

TEST_CASE("a certificate that the broker refuses is discarded, and the device is back with the old one") {
    RenewingFleet fleet([](const RenewingFleet& self, const HttpRequest& request) { return self.issue(request, self.other); });
    fleet.enroll(RenewingFleet::lifetime);
    const std::string serial = fleet.serial();
    const auto device = open_device(fleet.device_config());
    Credentials credentials(*device);
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(credentials.wait(CredentialState::retrying));
    REQUIRE(states.wait(ConnectionState::connected, 2));
    REQUIRE(device->publish("n", "1"));
    CHECK(device->wait_drained(20s));
    CHECK(device->status().credential.last_error->code() == Code::denied);
    CHECK(fleet.serial() == serial);
    CHECK_FALSE(est::Generations(fleet.identity()).candidate());
    device->stop(5s);
}

TEST_CASE("a device whose certificate expired while it was off is renewed, if the server's policy permits") {
    RenewingFleet fleet;
    fleet.enroll(-10s);
    const auto device = open_device(fleet.device_config());
    States states(*device);
    REQUIRE(device->publish("n", "1"));
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    CHECK(device->wait_drained(20s));
    device->stop(5s);
}

TEST_CASE("an expired device that is not renewed says that it needs an enrollment, and goes on when it has one") {
    RenewingFleet fleet([](const RenewingFleet&, const HttpRequest&) { return http_reply(403, "text/plain", "expired"); });
    fleet.enroll(-10s);
    const auto device = open_device(fleet.device_config());
    Credentials credentials(*device);
    States states(*device);
    REQUIRE(device->publish("n", "1"));
    REQUIRE(device->start());
    REQUIRE(credentials.wait(CredentialState::needs_enrollment));
    CHECK(device->status().credential.last_error->code() == Code::denied);
    fleet.enroll(3'600s);
    REQUIRE(credentials.wait(CredentialState::valid, 2));
    REQUIRE(states.wait(ConnectionState::connected));
    CHECK(device->wait_drained(20s));
    device->stop(5s);
}

TEST_CASE("the bundled broker enrolls a device with a password, and renews it for its certificate, wherever its key is") {
    const SoftTpm tpm;
    testbroker::BrokerConfig config;
    config.certificate_lifetime = RenewingFleet::lifetime;
    config.certificate_backdate = 1s;
    auto broker = testbroker::Broker::start(std::move(config));
    REQUIRE(broker);
    REQUIRE((*broker)->create_tenant("acme"));
    const auto registration = (*broker)->register_device("acme", "press-01");
    REQUIRE(registration);
    const TemporaryDirectory directory;
    EnrollRequest request;
    request.est_url = (*broker)->addresses().est_url + "/acme";
    request.device_id = "press-01";
    request.one_time_password = registration->one_time_password;
    request.trust_anchors = (*broker)->addresses().ca_file;
    request.identity_dir = directory / "identity";
    request.key_store = GENERATE("file:", "tpm2:");
    request.key_password = SoftTpm::password("secret");
    const auto first = enroll(request);
    REQUIRE(first);

    DeviceConfig device_config = config_for((*broker)->addresses().mqtts_url);
    device_config.client_id.clear();
    device_config.identity_dir = request.identity_dir;
    device_config.key_password = request.key_password;
    device_config.renewal.est_url = request.est_url;
    device_config.renewal.after_percent = 10;
    device_config.renewal.jitter_percent = 0;
    const auto device = open_device(device_config);
    Credentials credentials(*device);
    REQUIRE(device->start());
    REQUIRE(credentials.wait(CredentialState::valid, 2));
    REQUIRE((*broker)->revoke_certificate("acme", first->serial_hex));
    REQUIRE(device->publish("n", "1"));
    CHECK(device->wait_drained(20s));
    CHECK(device->status().disconnects == 0);
    CHECK((*broker)->list_devices("acme")->front().certificate_serial != first->serial_hex);
    const auto key = *base::load_secret_file(IdentityFiles::in(request.identity_dir).key);
    CHECK(key.rfind(request.key_store == "tpm2:" ? "-----BEGIN TSS2 " : "-----BEGIN ENCRYPTED ", 0) == 0);
    device->stop(5s);
}

}  // namespace
}  // namespace muster::test
